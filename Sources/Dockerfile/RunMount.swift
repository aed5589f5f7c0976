/// A `--mount` flag of `RUN`, as far as this reader needs it.
struct RunMount: Equatable {
  /// In lower case.
  private(set) var type = "bind"
  /// A stage or an image; nil for the build context and for mounts without a source.
  private(set) var from: String?
  /// A path in what the mount shows; nil for all of it.
  private(set) var source: String?

  /// `value` is a row of comma-separated `key=value`, with quotes as in CSV. Later keys win.
  init(_ value: String) {
    for field in Self.fields(value) {
      guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let text = field[(equals + 1)...]
      switch String(decoding: field[..<equals].asciiLowercased(), as: UTF8.self) {
      case "type": type = String(decoding: text.asciiLowercased(), as: UTF8.self)
      case "source", "src": source = text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
      case "from": from = text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
      default: break
      }
    }
  }

  private static func fields(_ value: String) -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var field: [UInt8] = []
    var isQuoted = false
    var isAtStart = true
    var lastWasQuote = false
    for byte in value.utf8 {
      if byte == UInt8(ascii: ","), !isQuoted || lastWasQuote {
        fields.append(field)
        field = []
        (isQuoted, isAtStart, lastWasQuote) = (false, true, false)
        continue
      }
      if byte == UInt8(ascii: "\"") {
        if isAtStart {
          (isQuoted, isAtStart) = (true, false)
          continue
        }
        if isQuoted, !lastWasQuote {
          lastWasQuote = true
          continue
        }
      }
      field.append(byte)
      (isAtStart, lastWasQuote) = (false, false)
    }
    fields.append(field)
    return fields
  }
}

extension Instruction {
  var mounts: [RunMount] {
    keyword == "RUN" ? values(ofFlag: "mount").map(RunMount.init) : []
  }
}
