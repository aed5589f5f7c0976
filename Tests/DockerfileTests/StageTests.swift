import Testing

@testable import Dockerfile

@Suite struct StageTests {
  @Test func stagesAreCutAtFrom() throws {
    let file = try read("ARG A=1\nFROM x:$A AS One\nRUN a \\\n b\n\nfrom --platform=$BUILDPLATFORM y\n# end\n")
    #expect(file.stages.map(\.name) == ["one", nil])
    #expect(file.stages.map(\.base) == ["x:$A", "y"])
    #expect(file.stages.map(\.platform) == [nil, "$BUILDPLATFORM"])
    #expect(file.stages.map(\.instructions) == [1..<3, 3..<4])
    #expect(file.stages.map(\.lines) == [2...4, 6...6])
    #expect(file.stages.map(\.index) == [0, 1])
  }

  @Test(
    arguments: [
      ("FROM a AS b", "a", "b"), ("FROM a as B", "a", "b"), ("FROM a aS b.c_d-1", "a", "b.c_d-1"), ("FROM a", "a", nil),
      ("FROM\ta\u{B}AS\tb", "a", "b"), ("FROM a b", "a", nil), ("FROM a AS", "a", nil), ("FROM a AS b c", "a", nil),
      ("FROM", "", nil), ("FROM --platform=x", "", nil), ("FROM \\\n a \\\n AS \\\n # c\n b", "a", "b"),
    ] as [(String, String, String?)])
  func nameAndBase(text: String, base: String, name: String?) throws {
    let stage = try #require(try read(text).stages.first)
    #expect(stage.base == base)
    #expect(stage.name == name)
  }

  @Test func fileWithoutFromHasNoStages() throws {
    let file = try read("COPY --from=a b c")
    #expect(file.stages == [])
    #expect(file.references() == [])
    #expect(file.references(.classic(target: "x")) == [])
  }
}
