/// The syntax check that builders make of every pattern: whether Go's `filepath.Match(pattern, ".")` reports
/// `ErrBadPattern`. Its grammar is not that of the expression a pattern is compiled to (`IgnoreExpression`).
///
/// A pattern falls into chunks, divided by `*`. What stands behind the first chunk that cannot match the name `.` is
/// never looked at: `x*[a` is accepted here, and found to be malformed only as an expression.
struct IgnoreSyntax {
  private struct Malformed: Error {}

  static func accepts(_ pattern: [UInt8]) -> Bool {
    do throws(Malformed) {
      try check(pattern[...])
      return true
    } catch {
      return false
    }
  }

  private static func check(_ pattern: ArraySlice<UInt8>) throws(Malformed) {
    var name = [UInt8(ascii: ".")][...]
    var remaining = pattern
    chunks: while !remaining.isEmpty {
      let isBehindStar = remaining.first == UInt8(ascii: "*")
      remaining = remaining.drop { $0 == UInt8(ascii: "*") }
      let end = endOfChunk(remaining)
      let chunk = remaining[..<end]
      remaining = remaining[end...]
      for skipped in 0...(isBehindStar ? name.count : 0) {
        var matcher = IgnoreSyntax(chunk: chunk, name: name.dropFirst(skipped))
        guard let rest = try matcher.match(), rest.isEmpty || !remaining.isEmpty else { continue }
        name = rest
        continue chunks
      }
      return
    }
  }

  /// A chunk ends before a `*` outside brackets; here any `[` opens and any `]` closes them.
  private static func endOfChunk(_ bytes: ArraySlice<UInt8>) -> Int {
    var isInBrackets = false
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        if index + 1 < bytes.endIndex { index += 1 }
      case UInt8(ascii: "["): isInBrackets = true
      case UInt8(ascii: "]"): isInBrackets = false
      case UInt8(ascii: "*"):
        if !isInBrackets { return index }
      default: break
      }
      index += 1
    }
    return bytes.endIndex
  }

  private var chunk: ArraySlice<UInt8>
  private var name: ArraySlice<UInt8>
  /// A chunk is read to its end all the same.
  private var hasFailed = false

  private init(chunk: ArraySlice<UInt8>, name: ArraySlice<UInt8>) {
    self.chunk = chunk
    self.name = name
  }

  /// - Returns: what is left of the name; nothing if it does not begin as the chunk says.
  private mutating func match() throws(Malformed) -> ArraySlice<UInt8>? {
    while let byte = chunk.popFirst() {
      switch byte {
      case UInt8(ascii: "["):
        let character = takeNameByte()
        let isMember = try matchClass(character)
        if !isMember { hasFailed = true }
      case UInt8(ascii: "?"):
        _ = takeNameByte()
      case UInt8(ascii: "\\"):
        guard let escaped = chunk.popFirst() else { throw Malformed() }
        if takeNameByte() != escaped { hasFailed = true }
      default:
        if takeNameByte() != byte { hasFailed = true }
      }
    }
    return hasFailed ? nil : name
  }

  /// The name is ASCII, so its bytes are its characters.
  private mutating func takeNameByte() -> UInt8? {
    if hasFailed { return nil }
    if let byte = name.popFirst() { return byte }
    hasFailed = true
    return nil
  }

  /// The items of a class up to its `]`, which closes it only behind the first item.
  private mutating func matchClass(_ character: UInt8?) throws(Malformed) -> Bool {
    let isNegated = chunk.first == UInt8(ascii: "^")
    if isNegated { chunk.removeFirst() }
    var hasItem = false
    var isMember = false
    while !hasItem || chunk.first != UInt8(ascii: "]") {
      let low = try takeClassCharacter()
      var high = low
      if chunk.first == UInt8(ascii: "-") {
        chunk.removeFirst()
        high = try takeClassCharacter()
      }
      if let character, low <= UInt32(character), UInt32(character) <= high { isMember = true }
      hasItem = true
    }
    chunk.removeFirst()
    return isMember != isNegated
  }

  /// One character, escaped or not. Something has to follow it, since the class is still open.
  private mutating func takeClassCharacter() throws(Malformed) -> UInt32 {
    guard let first = chunk.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "]") else { throw Malformed() }
    if first == UInt8(ascii: "\\") { chunk.removeFirst() }
    guard !chunk.isEmpty else { throw Malformed() }
    let (scalar, width) = LenientUTF8.character(of: Array(chunk.prefix(4)), at: 0)
    if scalar == LenientUTF8.replacement, width == 1 { throw Malformed() }
    chunk.removeFirst(width)
    guard !chunk.isEmpty else { throw Malformed() }
    return scalar
  }
}
