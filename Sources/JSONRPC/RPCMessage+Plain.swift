internal import JSON

extension RPCMessage {
  private enum Member {
    case jsonrpc, id, method, params

    /// - Parameter name: as it was written, so that one with escapes is another's.
    init?(named name: Slice<UnsafeBufferPointer<UInt8>>) {
      if name.isText("jsonrpc") {
        self = .jsonrpc
      } else if name.isText("id") {
        self = .id
      } else if name.isText("method") {
        self = .method
      } else if name.isText("params") {
        self = .params
      } else {
        return nil
      }
    }
  }

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
      while let name = try reader.nextName() {
        switch Member(named: text[name]) {
        case .jsonrpc where !isVersion2:
          guard let version = try reader.plainString(), text[version].isText("2.0") else { return nil }
          isVersion2 = true
        case .id where id == nil:
          let start = reader.position
          let value = try reader.value()
          if case .integer(let number) = value {
            id = RPCID(number)
          } else {
            id = RPCID(value, token: String(decoding: text[start..<reader.position], as: UTF8.self))
          }
          if id == nil { return nil }
        case .method where method == nil:
          guard case .string(let name) = try reader.value() else { return nil }
          method = name
        case .params where params == nil:
          guard case .object(let object) = try reader.value() else { return nil }
          params = object
        case nil, .jsonrpc, .id, .method, .params: return nil
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
