internal import Dockerfile
internal import SwiftDockProtocol

/// The registries that a build may have to do with, as far as that can be told before it.
struct NamedRegistries: Equatable {
  /// As in image names, Docker Hub is `docker.io`. Sorted.
  private(set) var names: [String] = []

  /// - Parameters:
  ///   - dockerfile: nil where it cannot be read here.
  ///   - tags: that will be pushed.
  init(dockerfile: [UInt8]?, params: BuildParams, pushed tags: [TagTemplate]) {
    var found: Set<String> = []
    for image in dockerfile.map({ Self.images($0, params) }) ?? [] {
      if let registry = Self.registry(image) { found.insert(registry) }
    }
    // What the placeholders come to does not matter where the registry is none of them.
    let digits = String(repeating: "0", count: TagTemplate.digits.upperBound)
    for tag in tags {
      if let registry = Self.registry(tag, digits) { found.insert(registry) }
    }
    names = found.sorted()
  }

  /// For a Dockerfile that cannot be seen before the broker has it: any may be the one.
  mutating func add(_ others: [String]) { names = Set(names + others).sorted() }

  /// - Parameter tags: as `build.push` takes them.
  init(tags: [String]) { names = Set(tags.compactMap(Self.registry)).sorted() }

  /// By the reading of each builder that may be the one: what the Dockerfile is to the Engine is for the Engine to say,
  /// and a text that cannot be read names nothing.
  private static func images(_ bytes: [UInt8], _ params: BuildParams) -> Set<String> {
    let dockerfile: Dockerfile
    do throws(DockerfileError) { dockerfile = try Dockerfile(parsing: bytes) } catch { return [] }
    let builders: [ResolutionOptions.Builder] =
      switch params.builder {
      case .auto: [.buildKit, .classic]
      case .buildkit: [.buildKit]
      case .classic: [.classic]
      }
    let buildArgs = Dictionary(params.buildArgs.map { ($0.name, $0.value) }) { _, last in last }
    var images: Set<String> = []
    for builder in builders {
      // The Engine's platform is not known here. It stands in for variables, and seldom in a registry's name.
      let options = ResolutionOptions(
        builder: builder, target: params.target, buildArgs: buildArgs, targetPlatform: params.platform,
        enginePlatform: "linux/amd64")
      images.formUnion(dockerfile.namedImages(options).map(\.reference))
    }
    return images
  }

  private static func registry(_ image: String) -> String? {
    do throws(ImageReferenceError) { return try ImageReference(image).domain } catch { return nil }
  }

  private static func registry(_ tag: TagTemplate, _ digits: String) -> String? {
    do throws(ImageReferenceError) { return try tag.reference(contextDigest: digits).domain } catch { return nil }
  }
}
