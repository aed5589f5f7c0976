import Testing

@testable import Dockerfile

@Suite struct ContextUsesTests {
  /// Instructions that read from the context, as `line:keyword source…`; a source is marked by what it is.
  private func uses(_ text: String, _ options: ResolutionOptions = .buildKit()) throws -> [String] {
    try read(text).contextUses(options).uses.map { use in
      let sources = use.sources.map { source in
        switch source {
        case .pattern(let text): text
        case .ignorePattern(let text): "parents(\(text))"
        case .path(let text): "path(\(text))"
        case .unknown(let text): "unknown(\(text))"
        }
      }
      let exclusions = use.exclusions.map { "not(\($0))" }
      return (["\(use.lines.lowerBound):\(use.keyword)"] + sources + exclusions).joined(separator: " ")
    }
  }

  @Test(arguments: [
    ("COPY . /x", ["2:COPY ."]), ("COPY a b/* /x/", ["2:COPY a b/*"]), (#"COPY ["a b", "c", "/x"]"#, ["2:COPY a b c"]),
    ("ADD a https://example.org/b git://c git@d:e /x/", ["2:ADD a"]), ("ADD https://example.org/b /x", []),
    ("COPY --from=z a /x", []), ("COPY --from=0 a /x", []), ("COPY --chown=1 --link a /x", ["2:COPY a"]),
    ("COPY <<E /x\nCOPY b /x\nE\nCOPY c /x", ["5:COPY c"]), ("COPY a <<E /x/\nb\nE", ["2:COPY a"]),
    ("COPY --exclude=*.md --exclude=$X a /x", ["2:COPY a not(*.md)"]),
    ("COPY --parents a/./b/** /x/", ["2:COPY parents(a/./b/**)"]), ("COPY --parents=false a /x", ["2:COPY a"]),
    ("RUN --mount=type=bind,target=/x true", ["2:RUN path(.)"]),
    ("RUN --mount=src=a,target=/x --mount=type=cache,target=/c true", ["2:RUN path(a)"]),
    ("RUN --mount=from=z,source=a,target=/x true", []), ("RUN --mount=source=$A,target=/x true", ["2:RUN unknown($A)"]),
    ("RUN true\nLABEL COPY=a", []), (#"COPY "a\ b"#, [#"2:COPY unknown("a\)"#]),
  ])
  func sourcesThatAreInTheContext(text: String, expected: [String]) throws {
    #expect(try uses("FROM i\n" + text) == expected)
  }

  @Test(arguments: [
    ("ARG A=a\nCOPY $A /x", "a"), ("ARG A\nCOPY $A /x", "unknown($A)"), ("COPY $A /x", "unknown($A)"),
    ("COPY ${A:-a} /x", "unknown(${A:-a})"), ("ENV A=a B=b\nCOPY ${A}/$B /x", "a/b"),
    ("ENV A a b\nCOPY $A /x", "a b"), ("ENV A=a\nENV A=b B=$A\nCOPY $B /x", "a"),
    ("ENV A=a\nARG A=b\nCOPY $A /x", "a"), ("ARG A=b\nENV A=a\nCOPY $A /x", "a"),
    ("ARG A=a\nARG B=$A/b\nCOPY $B /x", "a/b"), ("ARG G\nCOPY $G /x", "global"), ("COPY $G /x", "unknown($G)"),
    ("ARG TARGETARCH\nCOPY $TARGETARCH /x", "amd64"), ("COPY '$A' /x", "$A"),
  ])
  func variablesOfTheStageAreReplaced(text: String, source: String) throws {
    let line = 3 + text.utf8.count { $0 == 0x0A }
    #expect(try uses("ARG G=global\nFROM i\n" + text) == ["\(line):COPY \(source)"])
  }

  @Test func buildArgumentsTakeTheirPlace() throws {
    #expect(try uses("FROM i\nARG A=a\nCOPY $A /x", .buildKit(["A": "b"])) == ["3:COPY b"])
    #expect(try uses("FROM i\nCOPY $A /x", .buildKit(["A": "b"])) == ["2:COPY unknown($A)"])
  }

  @Test func stagesInheritTheEnvironmentButNotArguments() throws {
    let text = "FROM i AS a\nENV E=e\nARG A=a\nFROM a\nCOPY $E $A /x/"
    #expect(try uses(text) == ["5:COPY e unknown($A)"])
  }

  @Test func onlyStagesThatTheBuildReachesCount() throws {
    let text =
      "FROM i AS a\nCOPY a /x\nFROM i AS b\nCOPY b /x\nFROM i AS c\nCOPY --from=a /x /x\nFROM i AS d\nCOPY d /x"
    #expect(try uses(text, .buildKit(target: "c")) == ["2:COPY a"])
    #expect(try uses(text, .classic(target: "c")) == ["2:COPY a", "4:COPY b"])
    #expect(try uses(text) == ["8:COPY d"])
    #expect(try uses(text, .classic()) == ["2:COPY a", "4:COPY b", "8:COPY d"])
  }

  @Test func triggersRunInTheStagesThatStartFromTheirs() throws {
    let text = "FROM i AS a\nONBUILD COPY a /x\nFROM a\nCOPY b /x"
    #expect(try uses(text) == ["2:COPY a", "4:COPY b"])
    #expect(try uses(text, .buildKit(target: "a")) == [])
  }

  @Test func imagesMadeToCopyTheContextMaySeeAnything() throws {
    #expect(try uses("FROM node:8-onbuild") == ["1:FROM unknown(node:8-onbuild)"])
    let options = ResolutionOptions.buildKit(triggers: ["node:8-onbuild": ["COPY package.json /x"]])
    #expect(try uses("FROM node:8-onbuild", options) == ["1:COPY package.json"])
  }

  @Test func anotherLanguageMaySeeAnything() throws {
    #expect(try uses("# syntax=example/other:1\nFROM i") == ["1:syntax unknown(example/other:1)"])
    #expect(try uses("# syntax=docker/dockerfile:1-labs\nFROM i\nCOPY a /x") == ["3:COPY a"])
    #expect(try uses("# syntax=example/other:1\nFROM i\nCOPY a /x", .classic()) == ["3:COPY a"])
  }

  @Test func everythingButCopiesIsACommand() throws {
    let uses = try read("FROM i\nRUN a \\\n b\nCOPY c /x\nCMD d").contextUses(.buildKit())
    #expect(uses.commandLines == [2...3, 5...5])
  }
}
