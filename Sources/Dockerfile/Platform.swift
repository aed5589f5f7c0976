/// An operating system and a processor, spelt as the Engine spells them (containerd's `platforms` package).
package struct Platform: Hashable, Sendable, CustomStringConvertible {
  package let os: String
  package let architecture: String
  /// Empty if there is none.
  package let variant: String

  /// `os/architecture`, `os/architecture/variant`, or only one of the first two, which takes the other from `default`.
  ///
  /// - Returns: nil if it is no platform, or only half of one without a default.
  package init?(parsing text: String, default: Platform?) {
    let parts = text.asciiLowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy(Self.isWord) else { return nil }
    switch parts.count {
    case 1:
      guard let `default` else { return nil }
      let os = Self.normalOS(parts[0])
      if Self.operatingSystems.contains(os) {
        self.os = os
        architecture = `default`.architecture
        variant = `default`.variant
      } else {
        self.os = `default`.os
        (architecture, variant) = Self.normal(parts[0], variant: "")
      }
    case 2, 3:
      os = Self.normalOS(parts[0])
      (architecture, variant) = Self.normal(parts[1], variant: parts.count == 3 ? parts[2] : "")
    default: return nil
    }
  }

  package var description: String {
    variant.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\(variant)"
  }

  private static let operatingSystems: Set<String> = [
    "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd",
    "plan9", "solaris", "wasip1", "windows", "zos",
  ]

  private static func isWord(_ part: String) -> Bool {
    !part.isEmpty
      && part.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E }
  }

  private static func normalOS(_ os: String) -> String { os == "macos" ? "darwin" : os }

  private static func normal(_ architecture: String, variant: String) -> (String, String) {
    switch (architecture, variant) {
    case ("i386", _): ("386", "")
    case ("x86_64", "v1"), ("x86-64", "v1"), ("amd64", "v1"): ("amd64", "")
    case ("x86_64", _), ("x86-64", _): ("amd64", variant)
    case ("aarch64", "8"), ("aarch64", "v8"), ("arm64", "8"), ("arm64", "v8"): ("arm64", "")
    case ("aarch64", _): ("arm64", variant)
    case ("armhf", _): ("arm", "v7")
    case ("armel", _): ("arm", "v6")
    case ("arm", ""), ("arm", "7"): ("arm", "v7")
    case ("arm", "5"), ("arm", "6"), ("arm", "8"): ("arm", "v" + variant)
    default: (architecture, variant)
    }
  }
}
