/// Whether a text can be the name of an image at all.
enum ImageName {
  /// Bytes. A host, 255 bytes of path, 128 of tag and a digest stay far below.
  static let lengthLimit = 1024

  /// Looks only at the characters and the ends: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` has no others. The rest is the
  /// Engine's to judge.
  static func isPlausible(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= lengthLimit else { return false }
    guard first.isASCIILetter || first.isASCIIDigit || first == UInt8(ascii: "[") else { return false }
    guard !":/@+[".utf8.contains(last) else { return false }
    return text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "._-/:@+[]".utf8.contains($0) }
  }
}
