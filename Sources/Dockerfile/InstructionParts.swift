/// Cuts the text of one instruction, continuation lines joined, into keyword, flags and arguments (BuildKit's
/// `parser/split_command.go`).
struct InstructionParts {
  let keyword: String
  let flags: [Instruction.Flag]
  let arguments: ArraySlice<UInt8>

  init(_ line: ArraySlice<UInt8>) {
    let text = line.trimmingWhiteSpace()
    let word = text.prefix { !$0.isWordSeparator }
    keyword = String(decoding: word.asciiUppercased(), as: UTF8.self)
    var reader = FlagReader(text[word.endIndex...])
    var flags: [Instruction.Flag] = []
    while let flag = reader.next() { flags.append(flag) }
    self.flags = flags
    arguments = reader.rest.trimmingWhiteSpace()
  }

  /// `RUN`, `COPY` and `ADD` in shell form, also behind `ONBUILD`.
  var mayOpenHeredocs: Bool {
    switch keyword {
    case "RUN", "COPY", "ADD": return JSONText.execForm(arguments) == .none
    case "ONBUILD":
      let trigger = InstructionParts(arguments)
      return trigger.keyword != "ONBUILD" && trigger.mayOpenHeredocs
    default: return false
    }
  }
}

/// Takes the words that start with two hyphens off the front of an instruction's arguments.
///
/// Quotes group and vanish, a backslash (whatever the escape directive says) takes the next byte as it is, and the
/// word `--` ends the flags. Bytes 0x85 and 0xA0 part words even inside a UTF-8 sequence: the Engine goes by bytes here.
private struct FlagReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ text: ArraySlice<UInt8>) { rest = text }

  private static func parts(_ byte: UInt8) -> Bool {
    byte.isWordSeparator || byte == 0x0A || byte == 0x85 || byte == 0xA0
  }

  mutating func next() -> Instruction.Flag? {
    rest = rest.drop(while: Self.parts)
    guard rest.starts(with: [0x2D, 0x2D]) else { return nil }
    var word: [UInt8] = []
    var quote: UInt8?
    var index = rest.startIndex
    while index < rest.endIndex {
      let byte = rest[index]
      if quote == nil, Self.parts(byte) { break }
      index += 1
      if byte == quote {
        quote = nil
      } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "\\") {
        guard index < rest.endIndex else { break }
        word.append(rest[index])
        index += 1
      } else {
        word.append(byte)
      }
    }
    rest = rest[index...]
    let text = word.dropFirst(2)
    if text.isEmpty { return nil }
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
      return Instruction.Flag(name: String(decoding: text, as: UTF8.self), value: nil)
    }
    return Instruction.Flag(
      name: String(decoding: text[..<equals], as: UTF8.self),
      value: String(decoding: text[(equals + 1)...], as: UTF8.self))
  }
}
