/// `shutdown`: does nothing. LSP clients send it by habit when they stop; it must not stop a broker that others use.
package enum Shutdown: ProtocolMethod {
  package static let name = "shutdown"
  package typealias Params = NoParams
  package typealias Result = NullResult
}
