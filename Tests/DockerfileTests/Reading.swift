import Testing

@testable import Dockerfile

/// Reads `text` with LF line ends, exactly as given.
func read(_ text: String) throws -> Dockerfile { try Dockerfile(parsing: Array(text.utf8)) }

func failure(_ bytes: [UInt8]) -> DockerfileError? {
  do throws(DockerfileError) {
    _ = try Dockerfile(parsing: bytes)
    return nil
  } catch {
    return error
  }
}

func failure(_ text: String) -> DockerfileError? { failure(Array(text.utf8)) }

extension ResolutionOptions {
  static func buildKit(
    target: String? = nil, _ buildArgs: [String: String] = [:], platform: String? = nil,
    triggers: [String: [String]] = [:]
  ) -> ResolutionOptions {
    ResolutionOptions(
      builder: .buildKit, target: target, buildArgs: buildArgs, targetPlatform: platform,
      enginePlatform: "linux/amd64", triggers: triggers)
  }

  static func classic(
    target: String? = nil, _ buildArgs: [String: String] = [:], platform: String? = nil,
    triggers: [String: [String]] = [:]
  ) -> ResolutionOptions {
    var options = buildKit(target: target, buildArgs, platform: platform, triggers: triggers)
    options.builder = .classic
    return options
  }
}

extension Dockerfile {
  func references(_ options: ResolutionOptions = .buildKit()) -> [String] {
    namedImages(options).map(\.reference)
  }

  func reasons(_ options: ResolutionOptions = .buildKit()) -> [UnresolvedName.Reason] {
    unresolvedNames(options).map(\.reason)
  }

  func features(_ options: ResolutionOptions = .buildKit()) -> [String] {
    unsupportedFeatures(options).map(\.feature)
  }
}
