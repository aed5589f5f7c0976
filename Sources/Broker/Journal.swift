internal import Glibc

/// The broker's own log on standard error: one line an event, a constant message first, then `name=value` pairs.
/// systemd reads the level from the `<N>` in front, which is written only where the journal is the reader.
package struct Journal: Sendable {
  package enum Level: Int, Comparable, Sendable {
    /// Our own mistake.
    case fault = 2
    /// The world's: the Engine, the disk, a client.
    case error = 3
    case notice = 5
    case info = 6

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  private let least: Level
  private let hasPrefix: Bool

  /// - Parameter least: what is less urgent is not written.
  package init(least: Level = .info) {
    self.least = least
    hasPrefix = getenv("JOURNAL_STREAM") != nil
  }

  package func write(_ level: Level, _ message: StaticString, _ pairs: KeyValuePairs<String, String> = [:]) {
    guard level <= least else { return }
    var line = hasPrefix ? "<\(level.rawValue)>" : ""
    line += "swiftdockd: \(message)"
    for (name, value) in pairs { line += " \(name)=\(Self.quoted(value))" }
    line += "\n"
    // One write(2) a line keeps lines of several threads apart. There is nobody to tell when it fails.
    let bytes = Array(line.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// Values come from clients and the Engine: they must not be able to make a line of their own.
  private static func quoted(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 < 0x7F }
    if isPlain, !value.isEmpty { return value }
    var out = "\""
    for scalar in value.unicodeScalars.prefix(500) {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case "\n": out += "\\n"
      default: if scalar.value >= 0x20, scalar.value != 0x7F { out.unicodeScalars.append(scalar) }
      }
    }
    return out + "\""
  }
}
