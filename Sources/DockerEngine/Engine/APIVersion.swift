/// A version of the Engine API, `1.41`.
package struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let major: Int
  package let minor: Int

  package init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Two decimal numbers with a point between.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
      return nil
    }
    self.init(major, minor)
  }

  package var description: String { "\(major).\(minor)" }

  package static func < (left: APIVersion, right: APIVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  /// The newest version this client is written for. Nothing newer changes what it uses.
  package static let newestKnown = APIVersion(1, 44)
  /// The oldest: from here on the classic builder names the image in a record of its own.
  package static let oldestUsable = APIVersion(1, 30)
}
