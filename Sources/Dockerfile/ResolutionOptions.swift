/// What a build says about how its Dockerfile is to be read.
package struct ResolutionOptions: Sendable, Equatable {
  package enum Builder: Sendable { case classic, buildKit }

  package var builder: Builder
  /// A stage's name or index; nil or empty for the last one.
  package var target: String?
  package var buildArgs: [String: String]
  /// The build's `platform` option; nil for the Engine's own.
  package var targetPlatform: String?
  /// Such as `linux/amd64`.
  package var enginePlatform: String?
  /// False for BuildKit in an Engine before 23.0, whose own reader takes the text of a heredoc for instructions.
  package var readsHeredocs: Bool
  /// The triggers that images carry (`Config.OnBuild`), by the reference as in `NamedImage`. They run in stages that
  /// start from these images, and may name images in turn.
  package var triggers: [String: [String]]

  package init(
    builder: Builder, target: String? = nil, buildArgs: [String: String] = [:], targetPlatform: String? = nil,
    enginePlatform: String? = nil, readsHeredocs: Bool = true, triggers: [String: [String]] = [:]
  ) {
    self.builder = builder
    self.target = target
    self.buildArgs = buildArgs
    self.targetPlatform = targetPlatform
    self.enginePlatform = enginePlatform
    self.readsHeredocs = readsHeredocs
    self.triggers = triggers
  }
}
