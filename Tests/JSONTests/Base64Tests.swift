import JSON
import Testing

struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func vectorsOfRFC4648(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
  }

  @Test func allBytesComeBack() {
    let bytes = (0...255).map { UInt8($0) }
    for count in 0...bytes.count { #expect(Base64.decode(Base64.encode(bytes[..<count])) == Array(bytes[..<count])) }
  }

  @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=Zg=", "Zg==Zg==", "Zm 9", "Zm9-", "Zm9v\n", "===="])
  func otherTextIsRefused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func alphabetsDifferInTwoDigits() {
    #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
    #expect(Base64.encode([0xFB, 0xFF, 0xFE], .urlSafe) == "-__-")
    #expect(Base64.decode("-__-") == nil)
  }
}
