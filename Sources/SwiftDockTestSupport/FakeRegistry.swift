internal import Glibc
internal import Synchronization

/// A registry made of a script, on a loopback port, to which Engines speak without TLS: answers as a `FakeEngine` does,
/// and 404 to everything that it has no script for, but for `GET /v2/`, which says yes.
package final class FakeRegistry: Sendable {
  /// `127.0.0.1:PORT`
  package let host: String
  private let core: FakeEngineCore
  private let acceptor: FakeEngineThread

  /// - Throws: `FakeEngineFailure.system`.
  package init() throws(FakeEngineFailure) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw .system(call: "socket", errno: errno) }
    let core = try FakeEngineCore(listener: listener)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutableBytes(of: &address) { bytes in
      guard let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      return bind(listener, place, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, place, &size) == 0
    }
    guard isBound else { throw .system(call: "bind", errno: errno) }
    host = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    self.core = core
    acceptor = try FakeEngineThread { core.acceptUntilStopped() }
    on("GET /v2/") { exchange in
      try exchange.respond(fields: [("Docker-Distribution-Api-Version", "registry/2.0"), ("Connection", "close")])
    }
  }

  deinit { stop() }

  /// As `FakeEngine.on`, for GET and HEAD together where the route begins with a slash.
  package func on(_ route: String, _ handler: @escaping @Sendable (FakeEngineExchange) throws -> Void) {
    let routes = route.hasPrefix("/") ? ["GET \(route)", "HEAD \(route)"] : [route]
    core.state.withLock { state in
      for route in routes { state.routes.insert((FakeEngineRoute(route), handler), at: 0) }
    }
  }

  /// Closes all connections at once and takes no more. May be called again.
  package func stop() {
    core.stop()
    acceptor.join()
    core.joinConnections()
  }
}
