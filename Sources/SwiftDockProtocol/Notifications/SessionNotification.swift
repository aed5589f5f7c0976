/// Notifications without meaning of their own, which LSP libraries send by habit.
package enum SessionNotification {
  /// Ignored.
  package static let initialized = "initialized"
  /// Closes the connection that sent it, and only that.
  package static let exit = "exit"
}
