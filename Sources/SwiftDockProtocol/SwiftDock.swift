/// The product both programs are parts of.
package enum SwiftDock {
  /// Of the programs, not of the protocol.
  package static let version = "0.1.0"
}
