/// A BuildKit vertex's name, taken apart: `[stage 2/5] RUN make` is step 2 of 5.
///
/// What stands in brackets ends in the count; a stage or a platform may come before it (buildkit
/// `frontend/dockerfile/dockerfile2llb/convert.go`, `prefixCommand`). Internal vertices have no count.
struct VertexName: Equatable {
  let name: String
  let index: Int?
  let total: Int?

  init(_ text: String) {
    name = text
    guard text.hasPrefix("["), let close = text.firstIndex(of: "]"),
      let count = text[text.index(after: text.startIndex)..<close].split(separator: " ").last
    else {
      index = nil
      total = nil
      return
    }
    let numbers = count.split(separator: "/", omittingEmptySubsequences: false)
    if numbers.count == 2, let index = Int(numbers[0]), let total = Int(numbers[1]), index >= 1, index <= total {
      self.index = index
      self.total = total
    } else {
      index = nil
      total = nil
    }
  }
}
