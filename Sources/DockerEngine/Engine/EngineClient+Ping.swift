/// What the fields of an answer to `/_ping` say.
package struct EnginePing: Sendable, Equatable {
  package var product: EngineIdentity.Product
  /// From `Server: Docker/20.10.24+dfsg1 (linux)`; empty where there is none.
  package var serverVersion: String
  /// The highest the Engine speaks; nil where it does not tell.
  package var apiVersion: APIVersion?
  /// `Builder-Version`: what the Engine's own client should use. Absent where BuildKit is not the default, which does
  /// not mean that it is not there.
  package var builderVersion: String?
}

extension EngineClient {
  /// `HEAD /_ping`, or `GET` where the Engine does not take the former. Needs no version.
  /// - Parameter limit: for the whole answer; nil for `timeouts.answer`.
  package func ping(within limit: Duration? = nil, interrupt: Interrupt? = nil) throws(EngineError) -> EnginePing {
    do {
      return EnginePing(try call(HTTPRequest(.head, "/_ping"), within: limit, interrupt: interrupt).head)
    } catch .refused, .lost, .protocolViolation {
      return EnginePing(try call(HTTPRequest(.get, "/_ping"), within: limit, interrupt: interrupt).head)
    } catch {
      throw error
    }
  }
}

extension EnginePing {
  init(_ head: HTTPResponseHead) {
    let server = head["Server"] ?? ""
    product = head["Libpod-Api-Version"] != nil || server.hasPrefix("Libpod/") ? .podman : .docker
    serverVersion = server.split(separator: " ").first?.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    apiVersion = head["Api-Version"].flatMap { APIVersion($0) }
    builderVersion = head["Builder-Version"].flatMap { $0.isEmpty ? nil : $0 }
  }
}
