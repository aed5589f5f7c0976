/// One caller's request: one owner, never shared.
package struct BuildID: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }
}

/// Work in the Engine, shared by every build that joined it.
package struct ExecutionID: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }
}
