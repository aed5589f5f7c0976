internal import CCrypto

/// SHA-256 by libcrypto. Measures one message after another with the same context.
package struct SHA256: ~Copyable {
  // SAFETY: written once before its first use; libcrypto documents a fetched EVP_MD as immutable and counted, to be
  // shared between threads (EVP_MD_fetch(3)).
  nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

  private let context: OpaquePointer
  private var hasFailed = false
  /// Nothing was given since the start or the last `finish` or `restart`.
  private var isFresh = true

  package init() throws(ContextError) {
    guard let algorithm = Self.algorithm, let context = EVP_MD_CTX_new() else { throw .digestUnavailable }
    guard EVP_DigestInit_ex2(context, algorithm, nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw .digestUnavailable
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    isFresh = false
    if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { hasFailed = true }
  }

  mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  static func digest(of bytes: [UInt8]) throws(ContextError) -> ContextDigest {
    var hash = try SHA256()
    hash.update(bytes)
    return try hash.finish()
  }

  /// Forgets what was measured so far.
  mutating func restart() {
    guard !isFresh || hasFailed else { return }
    isFresh = true
    hasFailed = EVP_DigestInit_ex2(context, nil, nil) != 1
  }

  /// The digest of what was given since the start or the last `finish` or `restart`.
  package mutating func finish() throws(ContextError) -> ContextDigest {
    let digest = withUnsafeTemporaryAllocation(byteCount: ContextDigest.byteCount, alignment: 1) { bytes in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      guard EVP_DigestFinal_ex(context, start, nil) == 1 else { return ContextDigest?.none }
      return ContextDigest(UnsafeRawBufferPointer(bytes))
    }
    let failedBefore = hasFailed
    isFresh = false
    restart()
    guard let digest, !failedBefore else { throw .digestUnavailable }
    return digest
  }
}
