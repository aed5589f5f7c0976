internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension RPCError {
  /// What everybody is told who shares work whose context changed while it was sent, and then could not be read again.
  /// It names no directory of one of them.
  ///
  /// - Parameters:
  ///   - error: of the second reading.
  ///   - changedPath: relative to the context.
  init(rereadingFailed error: RPCError, changedPath: String?) {
    let again = error.isKind(.contextChanged) ? error.detail?["path"]?.stringValue : nil
    let path = again.flatMap { $0.hasPrefix("/") ? nil : $0 } ?? changedPath ?? "."
    self.init(
      .contextChanged,
      "\(path == "." ? "The context" : path) changed while the context was sent, which then could not be read again.",
      hint: "Build again when the tree is at rest.", detail: ["path": .string(path)])
  }
}
