package import JSON

/// A tag to be put on an image, in which `{context}` stands for the 64 hex digits of the context's digest and
/// `{context:N}`, N from 6 to 64, for the first N of them. Checked when it is made, so that it cannot turn out wrong
/// after the build.
package struct TagTemplate: Hashable, Sendable {
  package static let digits = 6...64

  /// As it was written.
  package let text: String
  private let pieces: [Piece]

  private enum Piece: Hashable {
    case text(String)
    case digits(Int)
  }

  package init(_ text: String) throws(ImageReferenceError) {
    self.text = text
    pieces = try Self.pieces(of: text)
    // A place that takes decimal digits only, as a port, takes the one but not the other.
    for digit in ["0", "a"] {
      let reference = try ImageReference(filled(with: String(repeating: digit, count: 64)))
      guard reference.digest == nil else { throw ImageReferenceError(.digest, .digestNotAllowed, in: text) }
    }
  }

  /// Whether the tag can be told only when the context's digest is known.
  package var needsDigest: Bool { pieces.contains { if case .digits = $0 { true } else { false } } }

  /// The tag itself, with `:latest` where none was written.
  ///
  /// - Parameter contextDigest: 64 lower case hex digits, after `sha256:` or alone.
  package func reference(contextDigest: String) throws(ImageReferenceError) -> ImageReference {
    let digits = contextDigest.hasPrefix("sha256:") ? String(contextDigest.dropFirst(7)) : contextDigest
    return try ImageReference(filled(with: digits)).withDefaultTag
  }

  private func filled(with digits: String) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .digits(let count): String(digits.prefix(count))
      }
    }.joined()
  }

  private static func pieces(of text: String) throws(ImageReferenceError) -> [Piece] {
    var pieces: [Piece] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
      guard let close = rest[open...].firstIndex(of: "}"),
        let count = count(placeholder: rest[rest.index(after: open)..<close])
      else { throw ImageReferenceError(.placeholder, .malformed, in: text) }
      pieces.append(.digits(count))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
  }

  /// The number of digits that the placeholder within its braces stands for.
  private static func count(placeholder: Substring) -> Int? {
    if placeholder == "context" { return digits.upperBound }
    let prefix = "context:"
    guard placeholder.hasPrefix(prefix) else { return nil }
    let number = placeholder.dropFirst(prefix.count)
    guard (1...2).contains(number.utf8.count), number.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let count = Int(number), digits.contains(count)
    else { return nil }
    return count
  }
}

extension TagTemplate: WireValue {
  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    guard case .string(let text) = json, text.utf8.count <= ObjectReader.stringLimit else {
      throw ShapeError(path: path, expected: "image name with optional tag")
    }
    do throws(ImageReferenceError) {
      try self.init(text)
    } catch {
      throw ShapeError(path: path, expected: "image name with optional tag; \(error.explanation)")
    }
  }

  package var json: JSONValue { .string(text) }
}
