/// A BuildKit vertex's name, taken apart: `[stage 2/5] RUN make` is step 2 of 5 of a stage.
///
/// What stands in brackets ends in the count, whose first number may be padded; a platform and a stage may come before
/// it (buildkit `frontend/dockerfile/dockerfile2llb/convert.go`, `prefixCommand`). Internal vertices have no count.
///
/// The triggers of a base image (`ONBUILD`) are counted, but not in the total: a stage's own steps may be beyond it.
struct VertexName: Equatable {
  let name: String
  /// Nil where the Dockerfile has one stage only.
  let stage: String?
  let index: Int?
  let total: Int?

  init(_ text: String) {
    name = text
    let place = Self.place(in: text)
    stage = place?.stage
    index = place?.index
    total = place?.total
  }

  private static func place(in text: String) -> (stage: String?, index: Int, total: Int)? {
    guard text.hasPrefix("["), let close = text.firstIndex(of: "]") else { return nil }
    var words = text[text.index(after: text.startIndex)..<close].split(separator: " ")
    let numbers = words.popLast()?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    guard numbers.count == 2, let index = Int(numbers[0]), let total = Int(numbers[1]), index >= 1, total >= 1 else {
      return nil
    }
    // Names of stages hold no slash, names of platforms do.
    return (words.last.flatMap { $0.contains("/") ? nil : String($0) }, index, total)
  }
}
