/// The two builders behind `POST /build`.
package enum Builder: Sendable, Equatable {
  /// `version=1`.
  case classic
  /// `version=2`, without a session.
  case buildKit
}

/// A builder, and a sentence that says why it is this one.
package struct BuilderChoice: Sendable, Equatable {
  package let builder: Builder
  package let reason: String
}

extension EngineIdentity {
  /// The first version that has `version=2`.
  private static let firstWithBuildKit = APIVersion(1, 39)

  /// The builder for those who did not choose: BuildKit wherever it works as well.
  package var automaticBuilder: BuilderChoice {
    if product == .podman {
      return BuilderChoice(
        builder: .classic, reason: "Podman builds with Buildah, which answers as the classic builder does.")
    }
    if apiVersion < Self.firstWithBuildKit {
      return BuilderChoice(
        builder: .classic, reason: "This Engine's API \(apiVersion) is older than BuildKit (\(Self.firstWithBuildKit))."
      )
    }
    if !platform.hasPrefix("linux/") {
      return BuilderChoice(builder: .classic, reason: "Engines for \(platform) build without BuildKit.")
    }
    if usesContainerdStore, 25...28 ~= majorVersion {
      return BuilderChoice(
        builder: .classic,
        reason:
          "With the containerd image store, BuildKit in Engine \(majorVersion) asks registries before local images.")
    }
    return BuilderChoice(builder: .buildKit, reason: "This Engine has BuildKit.")
  }
}
