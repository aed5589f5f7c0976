enum EngineText {
  /// Bytes kept of an error text of the Engine.
  static let limit = 16_384
}

extension String {
  /// The text, or its beginning where it is longer than `limit` bytes of UTF-8. Cut between characters.
  func clipped(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let bytes = Array(utf8.prefix(limit))
    return String(decoding: bytes.prefix(TextBoundary.last(upTo: limit, in: bytes)), as: UTF8.self) + "…"
  }
}
