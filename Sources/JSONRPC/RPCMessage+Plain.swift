internal import JSON

extension RPCMessage {
  /// Reads a request or a notification as nearly all are written: one object with the members that have a meaning, each
  /// once, and with params that are an object. nil for anything else, right or wrong, which is for the general reader to
  /// judge, and never another message than that would make of the text.
  init?(plain text: UnsafeBufferPointer<UInt8>) {
    guard var reader = JSONMemberReader(text), let message = RPCMessage(plain: &reader, of: text), reader.isAtEnd else {
      return nil
    }
    self = message
  }

  /// As above, of a text that may go on behind the object: there the reader is then.
  init?(plain reader: inout JSONMemberReader, of text: UnsafeBufferPointer<UInt8>) {
    var isVersion2 = false
    var id: RPCID?
    var method: String?
    var params: JSONObject?
    do throws(JSONError) {
      while try !reader.hasEnded() {
        // In the order in which nearly all write them. What is there a second time, or has another name, is for others.
        if !isVersion2, reader.isNext(#""jsonrpc":"#) {
          guard let version = try reader.plainString(), text[version].isText("2.0") else { return nil }
          isVersion2 = true
        } else if id == nil, reader.isNext(#""id":"#) {
          let start = reader.position
          let value = try reader.value()
          if case .integer(let number) = value {
            id = RPCID(number)
          } else {
            id = RPCID(value, token: String(decoding: text[start..<reader.position], as: UTF8.self))
          }
          if id == nil { return nil }
        } else if method == nil, reader.isNext(#""method":"#) {
          guard case .string(let name) = try reader.value() else { return nil }
          method = name
        } else if params == nil, reader.isNext(#""params":"#) {
          guard case .object(let object) = try reader.value() else { return nil }
          params = object
        } else {
          return nil
        }
      }
    } catch { return nil }
    guard isVersion2, let method else { return nil }
    self = Self.call(id, method, params ?? JSONObject())
  }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
  fileprivate func isText(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    let bytes = UnsafeBufferPointer(rebasing: self)
    return bytes.indices.allSatisfy { bytes[$0] == text.utf8Start[$0] }
  }
}
