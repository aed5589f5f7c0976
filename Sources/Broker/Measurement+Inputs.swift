internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Measurement {
  /// What the work is done from. This is where it is decided what makes builds different, and how that is called:
  /// `build.explain` in Protocol/README.md lists the names.
  static func inputs(
    _ request: Request, _ identity: EngineIdentity, _ builder: DockerEngine.Builder, _ snapshot: ContextSnapshot,
    _ facts: DockerfileFacts, images: [String: String?]
  ) throws(RPCError) -> BuildInputs {
    let params = request.params
    // An option that was not given has no value at all, which is not the same as an empty one.
    var values: [String: [String]] = [:]
    // A text's name in the context follows from the text.
    values[params.dockerfileText == nil ? "dockerfile" : "dockerfileText"] = [snapshot.dockerfile]
    values["builder"] = ["\(builder)"]
    values["target"] = params.target.map { [$0] }
    values["platform"] = params.platform.map { [$0] }
    for argument in params.buildArgs { values["buildArgs.\(argument.name)"] = [argument.value] }
    for label in params.labels { values["labels.\(label.name)"] = [label.value] }
    values["network"] = [request.network.rawValue]
    if !params.extraHosts.isEmpty { values["extraHosts"] = params.extraHosts }
    if !params.cacheFrom.isEmpty { values["cacheFrom"] = params.cacheFrom }
    if params.noCache { values["noCache"] = [] }
    if params.pull { values["pull"] = [] }
    // Cache mounts are kept apart by user.
    if facts.usesCacheMounts { values["cacheMounts"] = [String(request.ownerUID)] }
    let logins = logins(params.registryAuth, for: facts.images)
    if !logins.isEmpty { values["registryAuth"] = logins }
    values["engine"] = [
      request.endpoint, identity.id, identity.rootDirectory, identity.usesContainerdStore ? "containerd" : "graph",
    ]
    var options: [String: [UInt8]] = [:]
    do throws(ContextError) {
      for (name, value) in values { options[name] = try request.valueDigest.digest(of: value) }
    } catch { throw RPCError(error) }
    return BuildInputs(contextDigest: snapshot.digest.description, options: options, images: images)
  }

  /// - Parameter images: those that may be pulled; what is for pushes only does not change the work.
  private static func logins(
    _ logins: [SwiftDockProtocol.RegistryAuth], for images: [DockerfileFacts.Image]
  ) -> [String] {
    let registries = Set(images.compactMap(\.registry))
    return logins.filter { registries.contains(RegistryServer.host(of: $0.server)) }
      .map { String(decoding: JSONWriter.bytes(of: $0.json), as: UTF8.self) }.sorted()
  }
}
