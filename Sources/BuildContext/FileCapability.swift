/// The value of `security.capability`: a word whose last byte is the revision, then words of capabilities, and in the
/// third revision the root user of a user namespace (capabilities(7)).
enum FileCapability {
  private static let secondRevision: UInt8 = 2
  private static let secondRevisionSize = 20
  private static let thirdRevision: UInt8 = 3

  /// In the revision that means the same on every machine: the third becomes the second.
  static func portable(_ value: [UInt8]) -> [UInt8] {
    guard value.count >= secondRevisionSize, value[3] == thirdRevision else { return value }
    var value = value
    value[3] = secondRevision
    value.removeSubrange(secondRevisionSize...)
    return value
  }

  /// Whether a kernel would take it.
  static func isValid(_ value: [UInt8]) -> Bool {
    guard value.count >= 4 else { return false }
    return switch value[3] {
    case 1: value.count == 12
    case secondRevision: value.count == secondRevisionSize
    case thirdRevision: value.count == 24
    default: false
    }
  }
}
