import Testing

@testable import Dockerfile

@Suite struct NamedImagesTests {
  static let substitutions: [(String, [String: String], [String])] = [
    ("FROM a", [:], ["a"]),
    ("ARG V=1\nFROM a:$V", [:], ["a:1"]),
    ("ARG V=1\nFROM a:$V", ["V": "2"], ["a:2"]),
    ("ARG V\nFROM a:$V", ["V": "2"], ["a:2"]),
    ("FROM a:$V", ["V": "2"], []),
    ("ARG V\nFROM a:$V", [:], []),
    ("ARG V\nFROM $V", [:], []),
    ("ARG V\nFROM a${V:+:$V}", [:], ["a"]),
    ("ARG V\nFROM a:${V:-3}", [:], ["a:3"]),
    ("ARG V=\nFROM a:${V-3}", [:], []),
    ("ARG V=\nFROM a:${V:-3}", [:], ["a:3"]),
    ("ARG V\nFROM a:${V:?needed}", [:], []),
    ("ARG A=1 B=2\nFROM a:$A.$B", [:], ["a:1.2"]),
    ("ARG A=1\nARG B=$A.2\nFROM a:$B", [:], ["a:1.2"]),
    ("ARG B=$A.2\nARG A=1\nFROM a:$B", [:], ["a:.2"]),
    ("ARG A='1'\nARG B=\"$A\"\nFROM a:$B", [:], ["a:1"]),
    ("ARG A='1'\nARG B='$A'\nFROM a:$B", [:], []),
    ("ARG V=1\nARG V=2\nFROM a:$V", [:], ["a:2"]),
    ("ARG V=1 # c=3\nFROM a:$V", [:], ["a:1"]),
    ("FROM a\nARG V=1\nFROM b:$V", [:], []),
    ("ARG V=1\nFROM a:${V#x}", [:], []),
    ("ARG V=1.2\nARG W=${V%.*}\nFROM a:$W", [:], []),
    ("FROM \"a\":'1'", [:], ["a:1"]),
    ("FROM a\\:1", [:], ["a:1"]),
    ("# escape=`\nFROM a`:1", [:], ["a:1"]),
    ("FROM a\\\\", [:], []),
    ("FROM", [:], []),
    ("FROM a:", [:], []),
    ("FROM a b c d", [:], ["a"]),
    ("FROM é", [:], []),
    ("FROM [::1]:5000/x@sha256:00", [:], ["[::1]:5000/x@sha256:00"]),
    ("FROM Registry.Example:5000/A_b/c:T.1-", [:], ["Registry.Example:5000/A_b/c:T.1-"]),
    ("FROM a:$TARGETARCH", [:], ["a:amd64"]),
    ("FROM a:$TARGETARCH", ["TARGETARCH": "x"], ["a:x"]),
    ("FROM a:$BUILDOS-$BUILDVARIANT-$TARGETSTAGE", [:], ["a:linux--default"]),
    ("FROM a:$TARGETSTAGE AS b", [:], ["a:b"]),
  ]

  @Test(arguments: substitutions) func variablesInFrom(
    text: String, buildArgs: [String: String], references: [String]
  ) throws {
    #expect(try read(text).references(.buildKit(buildArgs)) == references)
  }

  @Test(arguments: [
    ("FROM scratch", []), ("FROM a AS b\nFROM b", ["a"]), ("FROM a AS b\nFROM B", ["a"]),
    ("FROM a AS B\nFROM b", ["a"]),
    ("FROM a AS b\nFROM c AS d\nFROM b", ["a"]), ("FROM a AS a", ["a"]),
    ("FROM b\nFROM a AS b\nCOPY --from=0 x y", ["b", "a"]),
    ("FROM a\nFROM 0", ["0"]), ("ARG N=b\nFROM a AS b\nFROM $N", ["a"]), ("FROM a AS b\nFROM b:latest", ["b:latest"]),
    ("FROM a\nCOPY --from=x:1 b c", ["a", "x:1"]), ("FROM a AS s\nFROM b\nCOPY --from=s x y", ["a", "b"]),
    ("FROM a AS s\nFROM b\nCOPY --from=S x y", ["a", "b"]), ("FROM a\nFROM b\nCOPY --from=0 x y", ["a", "b"]),
    ("FROM a\nCOPY --from=7 x y", ["a"]), ("FROM a\nCOPY --from=-1 x y", ["a"]), ("FROM a\nCOPY --from=$X x y", ["a"]),
    ("FROM a\nCOPY --from=scratch x y", ["a"]), ("FROM a\nCOPY --from= x y", ["a"]), ("FROM a\nCOPY --from x y", ["a"]),
    ("FROM a\nCOPY --from=a x y", ["a"]), ("FROM a\nCOPY --from='b' x y", ["a", "b"]),
    ("FROM a\nCOPY --from=b'c' x y", ["a", "bc"]),
    ("FROM a\nRUN --mount=from=b,target=/x y", ["a", "b"]),
    ("FROM a\nRUN --mount=type=cache,from=b,target=/x y", ["a", "b"]),
    ("FROM a AS s\nFROM c\nRUN --mount=type=bind,from=s,target=/x y", ["a", "c"]),
    ("FROM a\nRUN --mount=from=$B y", ["a"]),
    ("FROM a\nFROM b\nRUN --mount=from=0 y", ["b", "0"]),
    ("FROM a\nRUN --mount=from=b --mount=from=c y", ["a", "b", "c"]),
    ("FROM a\nRUN --mount=type=cache,target=/x y", ["a"]), ("FROM a\nRUN --mount=from=scratch y", ["a"]),
    ("FROM a\nRUN x --mount=from=b", ["a"]), ("FROM a\nENV --from=b", ["a"]),
    ("FROM a\nONBUILD COPY --from=b x y", ["a"]),
    ("FROM a AS s\nONBUILD COPY --from=b x y\nFROM s", ["a", "b"]),
    ("FROM a AS s\nONBUILD RUN --mount=from=b x\nFROM s AS t\nFROM t", ["a", "b"]),
    ("FROM a\nRUN <<X\nCOPY --from=b x y\nX", ["a"]), ("FROM a\n COPY \\\n --from=b x y", ["a", "b"]),
    ("# FROM b\nFROM a", ["a"]),
    ("FROM a AS x\nFROM b\nCOPY --from=y c d\nFROM e AS y\nFROM f\nCOPY --from=1 c d", ["b", "e", "f"]),
    ("# syntax=s:1\nFROM a", ["s:1", "a"]), ("# syntax=a\nFROM a", ["a"]), ("# syntax=$x\nFROM a", ["a"]),
    ("COPY --from=x a b\nFROM c", ["c"]),
  ])
  func namesOfABuildKitBuild(text: String, references: [String]) throws {
    #expect(try read(text).references() == references)
  }

  @Test(arguments: [
    ("# syntax=s:1\nFROM a", ["a"]), ("FROM a\nFROM b", ["a", "b"]), ("FROM a\nFROM b\nCOPY --from=0 x y", ["a", "b"]),
    ("FROM a\nCOPY --from=b x y\nFROM c AS b", ["a", "b", "c"]),
    ("FROM a AS b\nFROM c\nCOPY --from=B x y", ["a", "c"]),
    ("FROM a AS b\nCOPY --from=b x y", ["a", "b"]), ("FROM a:$TARGETARCH", []),
    ("ARG V=1\nARG V\nFROM a:${V:-2}", ["a:2"]),
    ("FROM a\nONBUILD COPY --from=b x y\nFROM c", ["a", "c"]),
    ("FROM a AS s\nONBUILD COPY --from=b x y\nFROM s", ["a", "b"]),
  ])
  func namesOfAClassicBuild(text: String, references: [String]) throws {
    #expect(try read(text).references(.classic()) == references)
  }

  static let stages = """
    FROM a AS one
    FROM b AS two
    COPY --from=one x y
    FROM c AS three
    RUN --mount=from=two,target=/x y
    FROM d AS four
    FROM two AS five
    """

  @Test(
    arguments: [
      (nil, ["a", "b"]), ("", ["a", "b"]), ("one", ["a"]), ("TWO", ["a", "b"]), ("three", ["a", "b", "c"]),
      ("four", ["d"]),
      ("five", ["a", "b"]), ("3", ["d"]), ("nowhere", ["a", "b", "c", "d"]), ("9", ["a", "b", "c", "d"]),
    ] as [(String?, [String])])
  func buildKitTakesWhatTheTargetNeeds(target: String?, references: [String]) throws {
    #expect(try read(Self.stages).references(.buildKit(target: target)) == references)
  }

  @Test(
    arguments: [
      (nil, ["a", "b", "c", "d"]), ("one", ["a"]), ("two", ["a", "b"]), ("0", ["a"]),
      ("nowhere", ["a", "b", "c", "d"]),
    ] as [(String?, [String])])
  func classicTakesEveryStageUpToTheTarget(target: String?, references: [String]) throws {
    #expect(try read(Self.stages).references(.classic(target: target)) == references)
  }

  @Test func ofTwoStagesWithOneNameEachBuilderTargetsItsOwn() throws {
    let file = try read("FROM a AS s\nFROM b AS s\nFROM c")
    #expect(file.references(.buildKit(target: "s")) == ["b"])
    #expect(file.references(.classic(target: "s")) == ["a"])
  }

  @Test func platformsKindsAndLines() throws {
    let file = try read(
      """
      # syntax=s
      FROM --platform=$BUILDPLATFORM a AS x
      FROM --platform=linux/$TARGETARCH a
      FROM a \\
        AS last
      COPY --from=x / /
      COPY --from=1 / /
      COPY --from=b / /
      RUN --mount=from=c,target=/x \\
        --mount=from=b y
      """)
    #expect(
      file.namedImages(.buildKit(platform: "linux/arm64/v8")) == [
        NamedImage(reference: "s", platform: nil, kind: .syntax, lines: 1...1),
        NamedImage(reference: "a", platform: "linux/amd64", kind: .base, lines: 2...2),
        NamedImage(reference: "a", platform: "linux/arm64", kind: .base, lines: 3...3),
        NamedImage(reference: "a", platform: "linux/arm64/v8", kind: .base, lines: 4...5),
        NamedImage(reference: "b", platform: "linux/arm64/v8", kind: .copySource, lines: 8...8),
        NamedImage(reference: "c", platform: "linux/arm64/v8", kind: .mountSource, lines: 9...10),
      ])
    #expect(file.namedImages(.buildKit()).map(\.platform) == [nil, "linux/amd64", nil, nil, nil])
  }

  @Test func unknownEngineLeavesPlatformsUnresolved() throws {
    let file = try read("FROM --platform=$TARGETPLATFORM a\nFROM b:$BUILDARCH\nCOPY --from=0 x y")
    let options = ResolutionOptions(builder: .buildKit, targetPlatform: "linux/arm/v7")
    #expect(file.namedImages(options).map(\.platform) == ["linux/arm/v7"])
    #expect(file.reasons(options) == [.notExpandable])
    #expect(file.reasons(ResolutionOptions(builder: .buildKit)) == [.notExpandable, .notExpandable])
  }

  @Test func buildArgumentOverridesTheSyntaxImage() throws {
    let file = try read("# syntax=s\nFROM a")
    let images = file.namedImages(.buildKit(["BUILDKIT_SYNTAX": " t:2 x"]))
    #expect(images.map(\.reference) == ["t:2", "a"])
    #expect(images[0].lines == nil)
    #expect(file.references(.buildKit(["BUILDKIT_SYNTAX": "dockerfile.v0"])) == ["a"])
    #expect(file.references(.classic(["BUILDKIT_SYNTAX": "t"])) == ["a"])
    #expect(file.reasons(.buildKit(["BUILDKIT_SYNTAX": ""])) == [.notAReference])
  }

  @Test func triggersOfImagesRunInTheStagesThatStartFromThem() throws {
    let file = try read("FROM a AS s\nFROM b:1\nRUN x")
    let triggers = ["b:1": ["COPY --from=s / /", "RUN --mount=from=c,target=/x y"], "z": ["COPY --from=d / /"]]
    #expect(file.references(.buildKit(triggers: triggers)) == ["a", "b:1", "c"])
    #expect(file.namedImages(.buildKit(triggers: triggers)).last?.lines == 2...2)
    #expect(file.references(.classic(triggers: triggers)) == ["a", "b:1", "c"])
    #expect(file.reasons(.buildKit(triggers: ["b:1": ["RUN <<X"]])) == [.unknownInstruction])
  }

  @Test(
    arguments: [
      ("FROM a", []), ("FROM $X", [.notAReference]), ("FROM a:", [.notAReference]),
      ("BOGUS\nFROM a", [.unknownInstruction]),
      ("FROM a\nCOPY --from=5 x y", [.noSuchStage]), ("FROM a\nCOPY --from=$X x y", [.notExpandable]),
      ("FROM a\nCOPY --from x y", [.notAReference]), ("FROM a\nRUN --mount=from=$X y", [.notExpandable]),
      ("FROM a\nRUN --mount=from=b= y", [.notAReference]), ("FROM a\nONBUILD x", [.unknownInstruction]),
      ("FROM a\nRUN x\\\\\n", [.readersDiffer]), ("FROM a\nRUN <<'X Y'\nX Y", [.readersDiffer]),
      ("FROM a\n\\\n", [.unknownInstruction]),
      ("ARG V=1\nARG V\nFROM a:$V", [.readersDiffer]), ("ARG V=1\nARG V\nARG W=$V\nFROM a:$W", [.readersDiffer]),
      ("ARG V=1\nARG V\nFROM a", []), ("ARG TARGETARCH\nFROM a:$TARGETARCH", [.readersDiffer]),
      ("# syntax=$x\nFROM a", [.notAReference]),
      ("FROM $X\nFROM a", []), ("FROM --platform=$X a", [.notExpandable]), ("FROM scratch", []),
      ("FROM \u{FFFD}a", [.notAReference]),
    ] as [(String, [UnresolvedName.Reason])])
  func placesThatCannotBeToldAreListed(text: String, reasons: [UnresolvedName.Reason]) throws {
    #expect(try read(text).reasons() == reasons)
  }

  @Test func longNamesAreNoReferencesAndAreCutShort() throws {
    let name = { (count: Int) in String(repeating: "a", count: count) }
    #expect(try read("FROM " + name(1024)).references() == [name(1024)])
    let file = try read("FROM " + name(1025))
    #expect(file.unresolvedNames(.buildKit()).map(\.text) == [name(256)])
  }

  @Test func redeclaredArgumentKeepsItsValueWithBuildKitUnlessGiven() throws {
    let file = try read("ARG V=1\nARG V\nFROM a:$V")
    #expect(file.references() == ["a:1"])
    #expect(file.references(.buildKit(["V": "3"])) == ["a:3"])
    #expect(file.reasons(.buildKit(["V": "3"])) == [])
  }
}
