internal import Glibc

/// When a build began: tells containers that may be its own from those of others. What a command prints can look like the
/// builder's words about a container, and name any.
package struct BuildStart: Sendable {
  /// UTC, `2026-11-28T17:08:11`, which sorts as times do.
  private let text: String

  package init() { self.init(secondsSince1970: time(nil)) }

  init(secondsSince1970 seconds: Int) {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ number: Int32, _ count: Int = 2) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    self.text =
      [digits(parts.tm_year + 1900, 4), digits(parts.tm_mon + 1), digits(parts.tm_mday)].joined(separator: "-") + "T"
      + [digits(parts.tm_hour), digits(parts.tm_min), digits(parts.tm_sec)].joined(separator: ":")
  }

  /// False also where it cannot be told.
  func isNotAfter(_ container: ContainerSummary) -> Bool {
    let created = container.created
    return created.hasSuffix("Z") && created.utf8.count > text.utf8.count && created.prefix(text.utf8.count) >= text
  }
}
