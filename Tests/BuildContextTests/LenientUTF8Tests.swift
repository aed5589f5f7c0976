import Testing

@testable import BuildContext

struct LenientUTF8Tests {
  @Test(arguments: ["a", "é", "€", "😀", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{10FFFF}", "a\u{0}é"])
  func readsWhatIsWellFormed(text: String) {
    #expect(LenientUTF8.characters(of: Array(text.utf8)) == text.unicodeScalars.map(\.value))
  }

  @Test(
    arguments: [
      [0x80], [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func takesEachByteOfAMalformedSequenceForOneReplacementCharacter(bytes: [UInt8]) {
    #expect(LenientUTF8.characters(of: bytes) == bytes.map { _ in 0xFFFD })
  }

  @Test(arguments: [
    ("  a b\t", "a b"), ("\u{A0}\u{3000}x\u{2003}", "x"), ("", ""), (" \r\n", ""), ("\u{200B}x", "\u{200B}x"),
  ])
  func trimsUnicodeWhiteSpace(text: String, trimmed: String) {
    #expect(LenientUTF8.trimmingWhiteSpace(Array(text.utf8)) == Array(trimmed.utf8))
  }
}
