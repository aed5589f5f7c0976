internal import COpenRPC

/// The OpenRPC document of the protocol, `Protocol/openrpc.json`, which is part of the program.
package enum OpenRPCDocument {
  /// The document as compact JSON: one line, without white space between its tokens. Made anew by each call, from bytes
  /// that are mapped with the program, so that it takes no memory while nobody asks for it.
  package static func compact() -> [UInt8] {
    var size = 0
    let document = UnsafeBufferPointer(start: openrpc_document(&size), count: size)
    return withoutWhiteSpace(document)
  }

  /// - Parameter json: a valid JSON text.
  static func withoutWhiteSpace(_ json: some Collection<UInt8>) -> [UInt8] {
    var compact: [UInt8] = []
    compact.reserveCapacity(json.count)
    var isInString = false
    var isEscaped = false
    for byte in json {
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = true
      case UInt8(ascii: "\""): isInString.toggle()
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        if !isInString { continue }
      default: break
      }
      compact.append(byte)
    }
    return compact
  }
}
