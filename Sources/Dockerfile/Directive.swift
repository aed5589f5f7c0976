/// A parser directive: one of the lines `# key=value` at the very top of a Dockerfile.
package struct Directive: Sendable, Equatable {
  package enum Name: String, Sendable { case escape, syntax, check }

  package let name: Name
  /// Without the white space around it.
  package let value: String
  /// 1-based.
  package let line: Int
}

/// The image that is to read a Dockerfile instead of the reader built into BuildKit.
package struct SyntaxImage: Sendable, Equatable {
  /// The directive's first word.
  package let reference: String
  /// 1-based.
  package let line: Int
}
