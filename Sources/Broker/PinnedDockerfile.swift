internal import BuildContext
internal import DockerEngine

/// A Dockerfile that names the images of the Engine by their digests.
///
/// With an image store in containerd, BuildKit asks the registry what a name stands for before it looks at what the
/// Engine has: without a login, and with another image where the name has moved on. A digest that is there is taken as
/// it is.
struct PinnedDockerfile {
  let file: LeadingFile

  /// nil where it is not needed, or cannot be had: the builder resolves the names itself then. The file stands beside
  /// the context's own, so that what could take it into an image gets the Dockerfile as it was written.
  init?(_ measurement: Measurement, _ images: ImagePulls) {
    guard measurement.builder == .buildKit, measurement.client.identity.usesContainerdStore,
      // The ids of such a store are digests of manifests.
      let text = images.facts.pinned(measurement.snapshot.dockerfileBytes, to: images.ids)
    else { return nil }
    // One that is too long to be sent in this way is left as it is, too.
    do throws(ContextError) { file = try LeadingFile(dockerfile: text) } catch { return nil }
    if images.facts.mayTake(file.name) { return nil }
  }
}
