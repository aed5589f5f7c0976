/// Something in a Dockerfile that the chosen builder cannot do over the Engine's HTTP interface.
package struct UnsupportedFeature: Sendable, Equatable {
  /// Such as `RUN --mount=type=secret`.
  package let feature: String
  /// 1-based.
  package let lines: ClosedRange<Int>
  /// One sentence for people.
  package let message: String
}

extension Dockerfile {
  /// What would make the build fail in the stages it reaches: with BuildKit what asks the client for something during
  /// the build (a session), with the classic builder whatever only BuildKit knows.
  ///
  /// Heredocs that the builder's reader does not know count wherever they stand, as it would take their text for
  /// instructions. Sources with variables are not judged.
  package func unsupportedFeatures(_ options: ResolutionOptions) -> [UnsupportedFeature] {
    var features: [UnsupportedFeature] = []
    switch options.builder {
    case .classic: features = heredocs { "\($0) with a heredoc needs BuildKit." }
    case .buildKit where !options.readsHeredocs && syntax == nil:
      features = heredocs { "\($0) with a heredoc needs Docker Engine 23.0 or later." }
    case .buildKit: break
    }
    for instruction in Resolution(self, options).reachedSteps {
      switch options.builder {
      case .classic: features += instruction.needsOfBuildKit(escape: escape)
      case .buildKit: features += instruction.needsOfSession(escape: escape)
      }
    }
    return features
  }

  private func heredocs(_ message: (String) -> String) -> [UnsupportedFeature] {
    instructions.filter { !$0.heredocs.isEmpty }.map {
      UnsupportedFeature(feature: "heredoc", lines: $0.lines, message: message($0.keyword))
    }
  }
}

extension Instruction {
  private static let flagsOfBuildKit: [String: Set<String>] = [
    "RUN": ["mount", "network", "security", "device"],
    "COPY": ["link", "chmod", "parents", "exclude"],
    "ADD": ["link", "chmod", "checksum", "keep-git-dir", "exclude", "unpack"],
  ]

  fileprivate func needsOfSession(escape: UInt8) -> [UnsupportedFeature] {
    var features: [UnsupportedFeature] = []
    for type in ["secret", "ssh"] where mounts.contains(where: { $0.type == type }) {
      features.append(
        UnsupportedFeature(
          feature: "RUN --mount=type=\(type)", lines: lines,
          message: "RUN --mount=type=\(type) needs a BuildKit session, which this service does not open; "
            + "BuildKit refuses the mount without one even where it is not required."))
    }
    if addSources(escape: escape).contains(where: { $0.kind == .gitOverSSH }) {
      features.append(
        UnsupportedFeature(
          feature: "ADD git over ssh", lines: lines,
          message:
            "ADD of a repository over ssh needs a BuildKit session for the keys, which this service does not open."))
    }
    return features
  }

  fileprivate func needsOfBuildKit(escape: UInt8) -> [UnsupportedFeature] {
    var features: [UnsupportedFeature] = []
    var seen: Set<String> = []
    for flag in flags where Self.flagsOfBuildKit[keyword]?.contains(flag.name) == true {
      guard seen.insert(flag.name).inserted else { continue }
      let feature = "\(keyword) --\(flag.name)"
      features.append(UnsupportedFeature(feature: feature, lines: lines, message: "\(feature) needs BuildKit."))
    }
    if addSources(escape: escape).contains(where: { $0.kind == .git || $0.kind == .gitOverSSH }) {
      features.append(
        UnsupportedFeature(feature: "ADD git", lines: lines, message: "ADD of a git repository needs BuildKit."))
    }
    return features
  }
}
