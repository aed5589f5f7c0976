internal import DockerEngine
internal import Glibc
internal import SwiftDockProtocol

/// An option of a build that the Engine would take and then pass over or misread: refused, since the image would not be
/// the one that was asked for.
struct IgnoredOption: Equatable {
  /// As in the params of `build`.
  let name: String
  /// A sentence.
  let reason: String

  /// The first version whose `POST /build` reads `platform` (Engine API, version history).
  private static let firstWithPlatform = APIVersion(1, 32)

  /// The first such option, nil where all count.
  /// - Parameter network: the one in effect.
  static func first(
    in params: BuildParams, network: BuildNetwork, _ builder: DockerEngine.Builder, at identity: EngineIdentity
  ) -> IgnoredOption? {
    if params.platform != nil, identity.apiVersion < firstWithPlatform {
      return IgnoredOption(
        name: "platform",
        reason: "This Engine's API \(identity.apiVersion) has no platform option (\(firstWithPlatform) and later have)."
      )
    }
    guard identity.product == .podman else {
      // BuildKit checks them itself.
      guard builder == .classic, let host = params.extraHosts.first(where: { !namesAddress($0) && !namesGateway($0) })
      else { return nil }
      return IgnoredOption(
        name: "extraHosts",
        reason: "The classic builder would pass over \"\(host.clipped(to: 200))\", which is not NAME:ADDRESS.")
    }
    if !params.cacheFrom.isEmpty {
      return IgnoredOption(name: "cacheFrom", reason: "Podman does not look for its cache in images of that name.")
    }
    if !params.extraHosts.isEmpty, network == .none {
      return IgnoredOption(name: "extraHosts", reason: "Without a network, Podman's steps have no file of hosts.")
    }
    // `host-gateway` is Docker's.
    if let host = params.extraHosts.first(where: { !namesAddress($0) }) {
      return IgnoredOption(
        name: "extraHosts", reason: "Podman would take \"\(host.clipped(to: 200))\" without an address as it is.")
    }
    return nil
  }

  private static func namesGateway(_ host: String) -> Bool { host.hasSuffix(":host-gateway") && host.first != ":" }

  /// Whether it is `NAME:ADDRESS` with an address of inet_pton(3).
  private static func namesAddress(_ host: String) -> Bool {
    guard let colon = host.firstIndex(of: ":"), colon != host.startIndex else { return false }
    let address = String(host[host.index(after: colon)...])
    var bytes = in6_addr()
    return inet_pton(AF_INET, address, &bytes) == 1 || inet_pton(AF_INET6, address, &bytes) == 1
  }
}
