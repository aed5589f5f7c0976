/// What both programs call themselves.
package enum ProductVersion {
  package static let text = "0.1.0"
  /// Versions of the protocol that this source speaks.
  package static let protocols = [1]
}
