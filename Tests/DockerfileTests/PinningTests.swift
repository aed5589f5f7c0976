import Testing

@testable import Dockerfile

struct PinningTests {
  /// Each image that the build takes from outside gets a digest, save `local`.
  private func pinned(_ text: String, _ options: ResolutionOptions = .buildKit()) throws -> String? {
    let bytes = Array(text.utf8)
    return try Dockerfile(parsing: bytes).replacingNames(in: bytes, options) { image in
      image.reference == "local" ? nil : "\(image.reference)@D"
    }.map { String(decoding: $0, as: UTF8.self) }
  }

  static let texts: [(String, String)] = [
    ("FROM a\nRUN x", "FROM a@D\nRUN x"),
    ("# c\nFROM a:1 AS b\nFROM b\nRUN y\n", "# c\nFROM a:1@D AS b\nFROM b\nRUN y\n"),
    ("from   --platform=$BUILDPLATFORM a as B\r\nRUN x\r\n", "FROM --platform=$BUILDPLATFORM a@D as B\nRUN x\r\n"),
    ("ARG V=1\nFROM r:5000/a:$V\n", "ARG V=1\nFROM r:5000/a:1@D\n"),
    ("FROM \\\n # c\n a \\\n AS b\nRUN x", "FROM a@D AS b\n\n\n\nRUN x"),
    ("# escape=`\nFROM `\n a\n", "# escape=`\nFROM a@D\n\n"),
    ("FROM scratch\nCOPY --from=a:1 /x /y", "FROM scratch\nCOPY --from=a:1@D /x /y"),
    ("FROM scratch\nCOPY --link \\\n  --from=a \\\n  /x /y", "FROM scratch\nCOPY --link \\\n  --from=a@D \\\n  /x /y"),
    (
      "FROM scratch\nRUN --mount=type=bind,from=a,target=/x cat /x",
      "FROM scratch\nRUN --mount=type=bind,from=a@D,target=/x cat /x"
    ),
    ("FROM scratch\nRUN --mount=from=a,target=/x y", "FROM scratch\nRUN --mount=from=a@D,target=/x y"),
    ("FROM a\nRUN <<E\ncat --from=a\nE\nCOPY --from=a x y", "FROM a@D\nRUN <<E\ncat --from=a\nE\nCOPY --from=a@D x y"),
    ("# syntax=docker/dockerfile:1\nFROM a", "# syntax=docker/dockerfile:1@D\nFROM a@D"),
    ("FROM local\nCOPY --from=a x y", "FROM local\nCOPY --from=a@D x y"),
    // A stage that is not built needs nothing.
    ("FROM a AS x\nFROM b", "FROM a AS x\nFROM b@D"),
  ]

  @Test(arguments: texts) func namesGetTheirDigestsAndLinesKeepTheirNumbers(text: String, expected: String) throws {
    let pinned = try #require(try pinned(text))
    #expect(pinned == expected)
    #expect(pinned.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0A })
  }

  @Test(arguments: [
    "FROM scratch", "FROM local", "FROM local AS a\nFROM a\nCOPY --from=a x y", "FROM a:$X", "FROM a\nFROM b:$X",
    "FROM a\nRUN --mount=from=b,target=/x cat --from=b", "FROM local\nCOPY \"--from=a\" x y",
    "FROM local\nCOPY --fr\\\nom=a x y", "FROM a b c d", "// syntax=x/y\nFROM a",
  ])
  func whatIsInDoubtIsLeftAsItIs(text: String) throws { #expect(try pinned(text) == nil) }

  @Test func triggersOfImagesAreLeftAsTheyAre() throws {
    let options = ResolutionOptions.buildKit(triggers: ["a": ["COPY --from=b / /"]])
    #expect(try pinned("FROM a\nCOPY --from=c x y", options) == "FROM a@D\nCOPY --from=c@D x y")
    #expect(try pinned("FROM local\nONBUILD COPY --from=b / /\n") == nil)
  }
}
