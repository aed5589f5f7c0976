internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension RPCError {
  /// Says which image the error is about, at which registry, and, where that matters, whether the caller gave a login
  /// for it.
  /// - Parameters:
  ///   - image: as the Dockerfile or the caller names it.
  ///   - logins: that the caller gave.
  mutating func tell(of image: String, among logins: [RegistryAuth]) {
    let server = RegistryServer.of(image: image)
    let hasLogin = server.map { RegistryServer.login(for: $0, among: logins) != nil } ?? false
    var members = detail ?? JSONObject()
    members.put("image", image)
    members.put("server", server)
    if isKind(.registryAuthRequired) {
      members.put("loginGiven", hasLogin)
      if hasLogin {
        hint = "The registry does not take the login that was given, or the login may not do this. Log in again."
      }
    } else if isKind(.imageNotFound), !hasLogin {
      hint = "Check the image's name and tag. A private image needs a login."
    }
    detail = members
  }
}
