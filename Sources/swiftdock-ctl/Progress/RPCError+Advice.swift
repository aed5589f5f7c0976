internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension RPCError {
  /// What the user of this program can do: the broker's hint, where there is no command to name.
  var advice: String? {
    guard name == ErrorKind.registryAuthRequired.name, let server = detail?["server"]?.stringValue else { return hint }
    return "Log in with: docker login" + (server == "docker.io" ? "" : " " + server)
  }
}
