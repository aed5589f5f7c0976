/// An image that a build takes from the Engine's store or a registry.
package struct NamedImage: Sendable, Equatable {
  package enum Kind: Sendable { case base, copySource, mountSource, syntax }

  /// As the Dockerfile has it, variables replaced: without default registry or tag added.
  package let reference: String
  /// The platform that is asked for, as written, variables replaced; nil for the Engine's own.
  package let platform: String?
  /// Of the first place that names it.
  package let kind: Kind
  /// 1-based, of the first instruction that names it; nil if a build argument does.
  package let lines: ClosedRange<Int>?
}

/// A place of which this reader cannot tell for certain which images the Engine would take there.
package struct UnresolvedName: Sendable, Equatable {
  package enum Reason: Sendable {
    /// A variable has no known value, or a substitution is not supported here or by the Engine.
    case notExpandable
    /// What results is no image reference; the Engine will say so.
    case notAReference
    /// There is no stage with this number.
    case noSuchStage
    /// Versions of the Engine read this place differently.
    case readersDiffer
    /// No reader of the Engine's knows this instruction; all of them refuse the Dockerfile.
    case unknownInstruction
  }

  /// As written; its first 256 bytes.
  package let text: String
  package let reason: Reason
  /// 1-based; nil if it comes from a build argument.
  package let lines: ClosedRange<Int>?

  init(text: String, reason: Reason, lines: ClosedRange<Int>?) {
    self.text = text.utf8.count <= 256 ? text : String(decoding: text.utf8.prefix(256), as: UTF8.self)
    self.reason = reason
    self.lines = lines
  }
}
