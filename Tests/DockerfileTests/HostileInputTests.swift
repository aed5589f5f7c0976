import Testing

@testable import Dockerfile

@Suite struct HostileInputTests {
  /// Whatever is read, it must hold together. Returns what a reading came to.
  @discardableResult func check(_ bytes: [UInt8]) -> DockerfileError? {
    let file: Dockerfile
    do throws(DockerfileError) {
      file = try Dockerfile(parsing: bytes)
    } catch {
      return error
    }
    let lineCount = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
    var last = 0
    for instruction in file.instructions {
      #expect(instruction.lines.lowerBound > last)
      last = instruction.lines.upperBound
      for heredoc in instruction.heredocs {
        #expect(instruction.lines.lowerBound < heredoc.lines.lowerBound)
        #expect(heredoc.lines.upperBound <= instruction.lines.upperBound + 1)
      }
    }
    #expect(last <= lineCount)
    for options in [ResolutionOptions.buildKit(target: "x", ["A": "b"]), .classic()] {
      _ = file.namedImages(options)
      _ = file.unresolvedNames(options)
      _ = file.unsupportedFeatures(options)
    }
    _ = file.usesCacheMounts
    _ = file.namesRemoteAdd
    return nil
  }

  @Test(arguments: 0..<20) func randomBytes(seed: UInt64) {
    var generator = SplitMix(state: seed)
    for _ in 0..<100 {
      check((0..<Int.random(in: 0..<200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  static let pieces = [
    "FROM ", "RUN ", "COPY ", "ADD ", "ARG ", "ONBUILD ", "--from=", "--mount=type=cache,from=", "a", "x", "0", " AS ",
    "\n",
    "\n", "\n", "\\\n", "`\n", "\r\n", "<<", "<<-", "EOF", "'", "\"", "$", "${", "}", ":-", "#", "# escape=`\n",
    "# syntax=a\n",
    "[", "]", ",", "\\", "\t", " ", "\u{A0}", "\u{FEFF}", "=", "{", "\0", "http://", "git@x:y",
  ]

  @Test(arguments: 0..<20) func randomPieces(seed: UInt64) {
    var generator = SplitMix(state: seed)
    for _ in 0..<100 {
      var text = ""
      for _ in 0..<Int.random(in: 1..<60, using: &generator) {
        text += Self.pieces.randomElement(using: &generator) ?? ""
      }
      check(Array(text.utf8))
    }
  }

  static let megabyte = Dockerfile.sizeLimit

  static func filled(_ head: String, _ piece: String, _ tail: String = "") -> [UInt8] {
    let count = (megabyte - head.utf8.count - tail.utf8.count) / piece.utf8.count
    return Array((head + String(repeating: piece, count: count) + tail).utf8)
  }

  static let largeTexts: [(String, [UInt8])] = [
    ("backslashes", filled("", "\\")),
    ("continuations", filled("FROM a\nRUN x", "\\\n")),
    ("quotes", filled("FROM a\nRUN <<", "\"'")),
    ("escaped quotes", filled("FROM a\nRUN <<", "\\\"")),
    ("open substitutions", filled("FROM a\nRUN <<", "${a:-")),
    ("flat substitutions", filled("FROM a\nRUN <<", "${a:-x}")),
    ("open substitutions in FROM", filled("FROM ", "${a:-")),
    ("words", filled("FROM ", "a ")),
    ("flags", filled("FROM a\nCOPY ", "--from=x ")),
    ("mounts", filled("FROM a\nRUN ", "--mount=from=x,type=secret ")),
    ("commas", filled("FROM a\nRUN --mount=", ",")),
    ("spaces", filled("FROM a", " ", "b")),
    ("no-break spaces", filled("FROM a", "\u{A0}", "b")),
    ("arrays", filled("FROM a\nRUN ", "[")),
    ("objects", filled("", "{\"a\":")),
    ("strings", filled("FROM a\nADD [", "\"a\",", "\"a\"]")),
    ("empty lines", filled("FROM a", "\n")),
    ("comments", filled("FROM a\n", "#\n")),
    ("carriage returns", filled("FROM a", "\r")),
    ("a heredoc", filled("FROM a\nRUN <<-X\n", "\tX \n", "\tX\n")),
    ("nested triggers", filled("FROM a\n", "ONBUILD ")),
    ("one word", filled("FROM ", "a")),
    ("zeros", filled("", "\0")),
    ("arguments", filled("ARG ", "A=1 ", "\nFROM a:$A")),
    ("doubling arguments", Array(("ARG A=x\n" + String(repeating: "ARG A=$A$A\n", count: 30_000) + "FROM $A").utf8)),
    (
      "wide arguments",
      Array(
        ("ARG A=" + String(repeating: "x", count: 8000) + "\n" + String(repeating: "ARG B=$A\n", count: 30_000)
          + "FROM $B").utf8)
    ),
    ("stages", Array(String(repeating: "FROM a AS x\n", count: 10_000).utf8)),
    ("a chain of stages", Array((0..<10_000).map { "FROM s\($0) AS s\($0 + 1)\n" }.joined().utf8)),
    (
      "triggers and stages",
      Array(
        ("FROM a AS t\n" + String(repeating: "ONBUILD COPY --from=t x y\n", count: 15_000)
          + String(repeating: "FROM t\n", count: 15_000)).utf8)
    ),
    (
      "copies from stages of one name",
      Array(
        (String(repeating: "FROM a AS x\n", count: 15_000) + String(repeating: "COPY --from=x a b\n", count: 15_000))
          .utf8)
    ),
  ]

  @Test(.timeLimit(.minutes(1)), arguments: largeTexts.indices) func largeInputTakesLinearTime(index: Int) {
    let (name, bytes) = Self.largeTexts[index]
    #expect(bytes.count <= Self.megabyte, Comment(rawValue: name))
    let began = ContinuousClock.now
    check(bytes)
    // Generous for a debug build on a busy machine; anything quadratic in a megabyte takes hours.
    #expect(ContinuousClock.now - began < .seconds(30), Comment(rawValue: name))
  }

  @Test func sizeIsLimited() {
    #expect(failure([UInt8](repeating: 0x61, count: Self.megabyte)) == nil)
    #expect(failure([UInt8](repeating: 0x61, count: Self.megabyte + 1)) == .tooLarge(limitBytes: Self.megabyte))
  }

  @Test func numberOfInstructionsIsLimited() {
    let limit = Dockerfile.instructionLimit
    #expect(failure(String(repeating: "FROM a\n", count: limit)) == nil)
    let error = failure(String(repeating: "FROM a\n", count: limit + 1))
    #expect(error == .tooManyInstructions(limit: limit, line: limit + 1))
    #expect(error?.line == limit + 1)
    #expect(failure("# syntax=x\n" + String(repeating: "A\n", count: limit + 1)) != nil)
  }

  @Test func tooDeeplyNestedLineIsMarkedNotRefused() throws {
    let deep = String(repeating: "${a:-", count: 40) + "x" + String(repeating: "}", count: 40)
    let file = try read("FROM a\nRUN \(deep) <<X\nUSER b")
    #expect(file.instructions.map(\.lines) == [1...1, 2...2, 3...3])
    #expect(file.reasons() == [.readersDiffer])
  }
}

/// Repeatable random numbers (Vigna's SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
