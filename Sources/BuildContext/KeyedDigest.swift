internal import CCrypto

/// Tells values apart without being of any use to whoever wants to know them: HMAC-SHA256 by libcrypto.
package struct KeyedDigest: Sendable {
  private static let keySize = 32

  private let key: [UInt8]

  /// With a key of its own: digests of different values of this type never agree.
  package init() {
    var generator = SystemRandomNumberGenerator()
    key = (0..<Self.keySize).map { _ in generator.next() }
  }

  init(key: [UInt8]) { self.key = key }

  /// 32 bytes. Each string goes in behind its length, eight bytes, little-endian, so that no two lists are alike.
  package func digest(of strings: [String]) throws(ContextError) -> [UInt8] {
    var data: [UInt8] = []
    for string in strings {
      withUnsafeBytes(of: UInt64(string.utf8.count).littleEndian) { data.append(contentsOf: $0) }
      data += string.utf8
    }
    return try digest(of: data)
  }

  func digest(of data: [UInt8]) throws(ContextError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: ContextDigest.byteCount)
    guard HMAC(EVP_sha256(), key, Int32(key.count), data, data.count, &digest, nil) != nil else {
      throw .digestUnavailable
    }
    return digest
  }
}
