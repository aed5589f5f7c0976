/// Why a manifest cannot be kept, or not be read again.
package enum ManifestError: Error, Equatable, Sendable {
  case system(errno: Int32)
  case tooLarge(limitBytes: Int64)
  /// It is not what was written.
  case damaged
  case interrupted
  /// libcrypto offers no SHA-256.
  case digestUnavailable
}
