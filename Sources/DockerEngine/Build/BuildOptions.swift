/// What one build asks of the Engine, its context apart.
///
/// Tags are not part of it: they are given to the finished image. Nor is `pull`: images are pulled beforehand, with the
/// caller's own login.
package struct BuildOptions: Sendable, Equatable {
  package enum Network: Sendable, Equatable {
    /// The Engine's default.
    case `default`
    case none
    case host
  }

  package var builder: Builder
  /// By this a BuildKit build is cancelled; unique among those under way.
  package var buildID: String
  /// A path in the context.
  package var dockerfile: String
  /// Nil for a name that is given without a value: the Dockerfile's own default holds.
  package var buildArgs: [String: String?] = [:]
  package var labels: [String: String] = [:]
  package var target: String?
  /// `os[/arch[/variant]]`.
  package var platform: String?
  package var noCache = false
  package var network = Network.default
  /// `host:ip`.
  package var extraHosts: [String] = []
  /// Names of images. For the classic builder, naming any turns the ordinary cache off.
  package var cacheFrom: [String] = []

  package init(builder: Builder, buildID: String, dockerfile: String = "Dockerfile") {
    self.builder = builder
    self.buildID = buildID
    self.dockerfile = dockerfile
  }
}
