import BuildScheduling
import Testing

struct BuildInputsTests {
  private let base = BuildInputs(
    contextDigest: "sha256:a", options: ["target": [1], "buildArgs.V": [2], "noCache": []],
    images: ["debian": "1", "missing": nil])

  private func changed(
    context: String? = nil, _ options: [String: [UInt8]?] = [:], images: [String: String?]? = nil
  ) -> BuildInputs {
    var all = base.options
    for (name, value) in options { all[name] = value }
    return BuildInputs(contextDigest: context ?? base.contextDigest, options: all, images: images ?? base.images)
  }

  @Test func equalInputsDoNotDiffer() {
    #expect(base.difference(from: changed()).isEmpty)
    #expect(base.key == changed().key)
  }

  @Test(
    arguments: [
      (["target": [9]], ["target"]), (["target": nil], ["target"]), (["platform": [1]], ["platform"]),
      (["noCache": nil, "pull": []], ["noCache", "pull"]),
      (["buildArgs.V": [3], "buildArgs.A": [2], "labels.V": [2]], ["buildArgs.A", "buildArgs.V", "labels.V"]),
    ] as [([String: [UInt8]?], [String])])
  func optionsThatDifferAreNamedEitherWay(options: [String: [UInt8]?], names: [String]) {
    let other = changed(options)
    #expect(other.difference(from: base) == .init(context: false, options: names, images: []))
    #expect(base.difference(from: other).options == names)
    #expect(other.key != base.key)
  }

  @Test func contextThatDiffersIsAnotherKey() {
    let other = changed(context: "sha256:b")
    #expect(other.difference(from: base) == .init(context: true, options: [], images: []))
    #expect(other.key != base.key)
  }

  @Test func imagesDifferByWhatTheyAreAndByWhetherTheyAreThere() {
    let other = changed(images: ["debian": "2", "missing": "3", "more": nil, "new": "4"])
    #expect(
      other.difference(from: base).images == [
        .init(name: "debian", before: "1", after: "2"), .init(name: "missing", before: nil, after: "3"),
        .init(name: "more", before: nil, after: nil), .init(name: "new", before: nil, after: "4"),
      ])
    #expect(
      base.difference(from: other).images.first == .init(name: "debian", before: "2", after: "1"))
    // An execution may pull what is missing, and is the same work.
    #expect(other.key == base.key)
  }

  @Test func namesAndDigestsKeepTheirBounds() {
    func key(_ options: [String: [UInt8]]) -> BuildKey {
      BuildInputs(contextDigest: "c", options: options, images: [:]).key
    }
    let keys = [key([:]), key(["a": []]), key(["a": [98]]), key(["ab": []]), key(["a": [], "b": []])]
    #expect(Set(keys).count == keys.count)
    #expect(key(["a": [1], "b": [2]]) == key(["b": [2], "a": [1]]))
  }
}
