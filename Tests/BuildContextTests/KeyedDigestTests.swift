import Testing

@testable import BuildContext

struct KeyedDigestTests {
  /// RFC 4231, test cases 1 and 2.
  @Test func digestIsThatOfTheStandard() throws {
    let first = KeyedDigest(key: [UInt8](repeating: 0x0B, count: 20))
    #expect(
      hex(try first.digest(of: Array("Hi There".utf8)))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    let second = KeyedDigest(key: Array("Jefe".utf8))
    #expect(
      hex(try second.digest(of: Array("what do ya want for nothing?".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test func digestsOfListsAreOfTheirStringsAndTheirBounds() throws {
    let digest = KeyedDigest()
    let lists = [[], [""], ["", ""], ["ab"], ["a", "b"], ["", "ab"], ["b", "a"]]
    #expect(Set(try lists.map { try digest.digest(of: $0) }).count == lists.count)
    #expect(try digest.digest(of: ["a", "b"]) == digest.digest(of: ["a", "b"]))
  }

  @Test func otherKeysGiveOtherDigests() throws {
    #expect(try KeyedDigest().digest(of: ["a"]) != KeyedDigest().digest(of: ["a"]))
  }

  private func hex(_ bytes: [UInt8]) -> String { String(decoding: Hexadecimal.text(of: bytes), as: UTF8.self) }
}
