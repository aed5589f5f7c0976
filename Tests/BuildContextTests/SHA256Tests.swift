import Testing

@testable import BuildContext

struct SHA256Tests {
  /// FIPS 180-2, appendix B.
  @Test func givesTheStandardsExamplesOneAfterAnother() throws {
    var hash = try SHA256()
    hash.update(Array("abc".utf8))
    #expect(try hash.finish().hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(try hash.finish().hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    hash.update(Array("forgotten".utf8))
    hash.restart()
    hash.update(Array("abcdbcdecdefdefgefghfghighij".utf8))
    hash.update(Array("hijkijkljklmklmnlmnomnopnopq".utf8))
    #expect(try hash.finish().hex == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test func digestsAreTheirBytes() {
    let bytes = [UInt8](0..<32)
    let digest = ContextDigest(bytes: bytes)
    #expect(digest.bytes == bytes)
    #expect(digest.description == "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(digest != ContextDigest(bytes: bytes.reversed()))
  }
}
