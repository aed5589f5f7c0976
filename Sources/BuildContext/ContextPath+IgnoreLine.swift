extension IgnoreLine {
  /// The pattern, with its `!` in front if it is an exception: escaped like the paths of a manifest, but for blanks. Of
  /// its first 256 bytes.
  package var text: String {
    let text = ((isException ? [UInt8(ascii: "!")] : []) + pattern).prefix(256)
    let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    return words.map { ContextPath.escaped($0) }.joined(separator: " ")
  }
}
