import Testing

@testable import DockerEngine

struct LineAssemblerTests {
  private func assemble(_ texts: [String]) -> [LineAssembler.Piece] {
    var assembler = LineAssembler()
    var pieces: [LineAssembler.Piece] = []
    for text in texts { assembler.append(text.utf8, to: &pieces) }
    assembler.finish(to: &pieces)
    return pieces
  }

  private func piece(_ text: String, partial: Bool = false) -> LineAssembler.Piece {
    LineAssembler.Piece(bytes: Array(text.utf8), partial: partial)
  }

  @Test func linesAreCutAtLineFeedsOnly() {
    #expect(assemble(["a\nb", "c\r\n\n", "5%\r50%\n"]) == [piece("a"), piece("bc\r"), piece(""), piece("5%\r50%")])
  }

  @Test func unfinishedLineIsWholeAtTheEnd() {
    #expect(assemble(["a\nb"]) == [piece("a"), piece("b")])
    #expect(assemble(["a\n"]) == [piece("a")])
  }

  @Test func invalidBytesAreKept() {
    var assembler = LineAssembler()
    var pieces: [LineAssembler.Piece] = []
    assembler.append([0xFF, 0x61, 0x80, 0x0A], to: &pieces)
    #expect(pieces == [LineAssembler.Piece(bytes: [0xFF, 0x61, 0x80], partial: false)])
  }

  @Test func flushedLineGoesOnUntilItsEnd() {
    var assembler = LineAssembler()
    var pieces: [LineAssembler.Piece] = []
    assembler.append("50%".utf8, to: &pieces)
    assembler.flush(to: &pieces)
    assembler.flush(to: &pieces)
    assembler.append(" 60%".utf8, to: &pieces)
    assembler.flush(to: &pieces)
    assembler.append("\n".utf8, to: &pieces)
    #expect(pieces == [piece("50%", partial: true), piece(" 60%", partial: true), piece("")])
  }

  @Test(arguments: [
    "é", "€", "😀", "\u{1B}[1;31m", "\u{1B}]0;title\u{07}", "\u{1B}]8;;http://x\u{1B}\\", "\u{1B}(B",
    "\u{1B}P1$r\u{1B}\\",
  ])
  func flushBreaksNeitherCharactersNorSequences(unit: String) {
    let bytes = Array(unit.utf8)
    for cut in 1..<bytes.count {
      var assembler = LineAssembler()
      var pieces: [LineAssembler.Piece] = []
      assembler.append(Array("ab".utf8) + bytes[..<cut], to: &pieces)
      assembler.flush(to: &pieces)
      #expect(pieces == [piece("ab", partial: true)], "cut at \(cut)")
      assembler.append(bytes[cut...], to: &pieces)
      assembler.flush(to: &pieces)
      #expect(pieces == [piece("ab", partial: true), piece(unit, partial: true)], "cut at \(cut)")
    }
  }

  @Test(arguments: ["é", "€", "😀", "\u{1B}[1;31m", "\u{1B}]0;title\u{07}", "\u{1B}]8;;http://x\u{1B}\\"])
  func longLineIsCutBeforeWhatStraddlesTheLimit(unit: String) {
    for inside in 1..<unit.utf8.count {
      let start = String(repeating: "x", count: LineAssembler.lineLimit - inside)
      #expect(assemble([start + unit + "y\n"]) == [piece(start, partial: true), piece(unit + "y")], "\(inside) inside")
    }
  }

  @Test func lineOfExactlyTheLimitIsOnePiece() {
    let line = String(repeating: "x", count: LineAssembler.lineLimit)
    #expect(assemble([line + "\n"]) == [piece(line)])
    #expect(assemble([line + "y\n"]) == [piece(line, partial: true), piece("y")])
  }

  @Test func sequenceWithoutEndDoesNotHoldALineBack() {
    let endless = "\u{1B}]0;" + String(repeating: "x", count: TextBoundary.sequenceLimit)
    var assembler = LineAssembler()
    var pieces: [LineAssembler.Piece] = []
    assembler.append(endless.utf8, to: &pieces)
    assembler.flush(to: &pieces)
    #expect(pieces == [piece(endless, partial: true)])
  }

  @Test func everyCutOfRandomBytesKeepsThemAll() {
    var generator = SplitMix(state: 7)
    let alphabet: [UInt8] = [0x1B, 0x5B, 0x5D, 0x07, 0x5C, 0x6D, 0x31, 0x0A, 0x0D, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xFF]
    for _ in 0..<200 {
      let bytes = (0..<300).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      var assembler = LineAssembler()
      var pieces: [LineAssembler.Piece] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int(generator.next() % 20) + 1
        assembler.append(rest.prefix(count), to: &pieces)
        rest = rest.dropFirst(count)
        if generator.next().isMultiple(of: 3) { assembler.flush(to: &pieces) }
      }
      assembler.finish(to: &pieces)
      var joined: [UInt8] = []
      for piece in pieces { joined += piece.partial ? piece.bytes : piece.bytes + [0x0A] }
      #expect(joined == bytes || joined == bytes + [0x0A])
    }
  }
}

/// A generator whose sequence is the same in every run (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
