package import JSON

/// One message from a client, its envelope checked (Protocol/README.md, "JSON-RPC profile").
package enum RPCMessage: Sendable, Equatable {
  case request(id: RPCID, method: String, params: JSONObject)
  case notification(method: String, params: JSONObject)
  /// Something that must not be answered: a response, though this side sends no requests, or a notification that
  /// cannot be understood.
  case ignored
  /// To be answered with the error, under `id` or else under null.
  /// Indirect, so that the others, which are all but all messages, are small.
  indirect case invalid(RPCError, id: RPCID?)
  /// In the order received; never empty, never nested. The answers that are due go out as one array, or not at all
  /// where there are none.
  case batch([RPCMessage])

  /// `limits.batch` of the protocol.
  package static let batchLimit = 64

  /// Reads one message as a `FrameDecoder` yields it.
  package init(_ bytes: ArraySlice<UInt8>) {
    self = bytes.withUnsafeBufferPointer(RPCMessage.init(plain:)) ?? RPCMessage(general: bytes)
  }

  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Reads whatever there may be.
  init(general bytes: ArraySlice<UInt8>) {
    do throws(JSONError) {
      let value = try JSONParser.parse(bytes)
      self = RPCMessage(value, text: bytes)
    } catch {
      self = .invalid(RPCError(error, isBatch: bytes.first == UInt8(ascii: "[")), id: nil)
    }
  }

  private init(_ value: JSONValue, text: ArraySlice<UInt8>) {
    switch value {
    case .array(let elements) where elements.isEmpty:
      self = .invalid(RPCError(.invalidRequest, "A batch needs at least one message."), id: nil)
    case .array(let elements) where elements.count > Self.batchLimit:
      self = .invalid(
        RPCError(
          .batchTooLarge, "A batch may hold \(Self.batchLimit) messages, not \(elements.count).",
          detail: ["limit": .integer(Int64(Self.batchLimit))]), id: nil)
    case .array(let elements):
      var messages: [RPCMessage] = []
      var remaining = elements[...]
      JSONTokens.forEachPart(of: text) { token in
        guard let element = remaining.popFirst() else { return }
        messages.append(RPCMessage(envelope: element, text: token))
      }
      self = .batch(messages)
    case let value:
      self = RPCMessage(envelope: value, text: text)
    }
  }

  /// - Parameter text: what `value` was read from.
  private init(envelope value: JSONValue, text: ArraySlice<UInt8>) {
    guard case .object(let object) = value else {
      self = .invalid(RPCError(.invalidRequest, "A message is a JSON object or an array of them."), id: nil)
      return
    }
    let givenID = object["id"]
    let id = givenID.flatMap { value in
      // JSON has one way to write an integer.
      if case .integer(let number) = value { return RPCID(number) }
      return JSONTokens.member("id", of: text).flatMap { RPCID(value, token: $0) }
    }
    func refuse(_ message: String, hint: String? = nil) -> RPCMessage {
      .invalid(RPCError(.invalidRequest, message, hint: hint), id: id)
    }
    guard let givenMethod = object["method"] else {
      let isResponse = object["result"] != nil || object["error"] != nil
      self = isResponse ? .ignored : refuse("The message has no method.")
      return
    }
    guard object["jsonrpc"] == .string("2.0") else {
      self = refuse(#"The member jsonrpc must be the string "2.0"."#)
      return
    }
    guard case .string(let method) = givenMethod else {
      self = refuse("The method must be a string.")
      return
    }
    guard givenID == nil || id != nil else {
      self = refuse(
        "The id must be a string or an integer.", hint: givenID == .null ? "Leave id out of a notification." : nil)
      return
    }
    switch object["params"] {
    case nil, .null?, .array([])?: self = Self.call(id, method, JSONObject())
    case .object(let params)?: self = Self.call(id, method, params)
    case .array?:
      let error = RPCError(
        .invalidParams, "Params are passed by name, in an object.",
        detail: ["path": "", "expected": "object"])
      self = id.map { .invalid(error, id: $0) } ?? .ignored
    case .bool?, .integer?, .decimal?, .string?: self = refuse("The params must be an object.")
    }
  }

  static func call(_ id: RPCID?, _ method: String, _ params: JSONObject) -> RPCMessage {
    id.map { .request(id: $0, method: method, params: params) } ?? .notification(method: method, params: params)
  }
}

extension RPCError {
  /// - Parameter isBatch: the text was an array, so that the messages themselves are one level deeper.
  init(_ error: JSONError, isBatch: Bool) {
    let detail: JSONObject = ["offset": .integer(Int64(error.offset))]
    switch error.reason {
    case .duplicateMember(let name, let depth)
    where depth == (isBatch ? 2 : 1) && ["jsonrpc", "id", "method", "params"].contains(name):
      self.init(.invalidRequest, "The message has the member \(name) twice.", detail: detail)
    case let reason:
      self.init(.parseError, "Not JSON: \(reason.explanation) at byte \(error.offset).", detail: detail)
    }
  }

  /// What the client is told about bytes that are not a frame. `httpRequest` is answered in its own words instead.
  package init(_ failure: FrameFailure) {
    switch failure.reason {
    case .messageTooLarge(let limit):
      self.init(
        .messageTooLarge, "A message may have \(limit) bytes.",
        detail: ["limitBytes": .integer(Int64(limit))])
    case .lineBreakInMessage(let offset):
      self.init(
        .parseError, "A line ended before its message did, at byte \(offset).",
        hint: "Send each message on one line, for example through jq -c.",
        detail: ["offset": .integer(Int64(offset))])
    case let reason:
      self.init(.parseError, "Not a message: \(reason.explanation).")
    }
  }
}

extension JSONError.Reason {
  fileprivate var explanation: String {
    switch self {
    case .unexpectedEnd: "it ends too early,"
    case .unexpectedByte(let byte): "unexpected byte 0x\(String(byte, radix: 16, uppercase: true))"
    case .invalidNumber: "a malformed number"
    case .invalidEscape: "a malformed escape"
    case .loneSurrogate: "half of a surrogate pair"
    case .invalidUTF8: "a string that is not UTF-8"
    case .controlCharacter(let byte): "an unescaped control character 0x\(String(byte, radix: 16, uppercase: true))"
    case .duplicateMember: "an object with a name twice"
    case .tooDeep(let limit): "more than \(limit) levels"
    case .trailingBytes: "bytes after the value"
    }
  }
}

extension FrameFailure.Reason {
  fileprivate var explanation: String {
    switch self {
    case .unknownFraming: "neither a JSON text nor a Content-Length header"
    case .leadingBlanks(let limit): "more than \(limit) blank bytes before it"
    case .httpRequest: "an HTTP request"
    case .lineBreakInMessage: "a line that ends inside it"
    case .messageTooLarge(let limit): "more than \(limit) bytes"
    case .headerTooLarge(let limit): "a header block of more than \(limit) bytes"
    case .headerLineInvalid: "a malformed header line; lines are name: value and end with CR LF"
    case .contentLengthMissing: "a header block without Content-Length"
    case .contentLengthRepeated: "two Content-Length headers"
    case .contentLengthInvalid: "a Content-Length that is no number from 1"
    case .charsetUnsupported: "a charset that is not utf-8"
    case .unfinished: "the input ended inside it"
    }
  }
}
