// sources: Sources/JSON/*.swift Sources/JSONRPC/*.swift Sources/SwiftDockProtocol/*/*.swift

/// A whole session, read in two ways, one of them the broker's: bytes to frames to messages to the params of the methods
/// that they name. The first byte of the input says how the rest is split, which must change nothing. Whatever is refused
/// is refused with a short answer that is JSON; params that are accepted are the same when they are written and read
/// again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let input = Array(UnsafeBufferPointer(start: data, count: size))
  guard let first = input.first else { return 0 }
  let bytes = input.dropFirst()
  let whole = messages(of: bytes, pieceSize: max(bytes.count, 1))
  let plain = messages(of: bytes, pieceSize: max(bytes.count, 1), plainFirst: true)
  precondition(plain == whole, "the way in which messages are taken changes them")
  for plainFirst in [false, true] {
    let split = messages(of: bytes, pieceSize: Int(first) % 7 + 1, plainFirst: plainFirst)
    precondition(split == whole, "the split changes the messages")
  }
  for message in whole { check(message, isInBatch: false) }
  return 0
}

private func messages(of bytes: ArraySlice<UInt8>, pieceSize: Int, plainFirst: Bool = false) -> [RPCMessage] {
  var decoder = FrameDecoder(messageLimit: 4_096)
  var messages: [RPCMessage] = []
  var rest = bytes
  while !rest.isEmpty {
    let piece = Array(rest.prefix(pieceSize))
    rest = rest.dropFirst(pieceSize)
    var taken = 0
    while plainFirst, let message = piece.withUnsafeBufferPointer({ decoder.takePlainMessage(from: $0, at: &taken) }) {
      messages.append(message)
    }
    decoder.append(piece[taken...])
    while true {
      if plainFirst, let message = decoder.nextPlainMessage() {
        messages.append(message)
        continue
      }
      guard let frame = decoder.next() else { break }
      switch frame {
      case .message(let bytes):
        let message = RPCMessage(bytes)
        precondition(message == RPCMessage(general: bytes), "the two ways to read a message differ")
        messages.append(message)
      case .failure(let failure): messages.append(.invalid(RPCError(failure), id: nil))
      }
    }
  }
  return messages
}

private func check(_ message: RPCMessage, isInBatch: Bool) {
  switch message {
  case .request(let id, let method, let params):
    check(RPCEncoder.result(.null, id: id), echoes: id)
    dispatch(method, params, id)
  case .notification(let method, let params):
    if method == CancelRequest.name { _ = try? CancelRequest(received: params) }
    dispatch(method, params, nil)
  case .invalid(let error, let id): check(RPCEncoder.error(error, id: id), echoes: id)
  case .batch(let messages):
    precondition(!isInBatch && (1...RPCMessage.batchLimit).contains(messages.count), "a batch out of bounds")
    for message in messages { check(message, isInBatch: true) }
  case .ignored: break
  }
}

/// The answer is a message of its own, on one line, under the same id.
private func check(_ answer: [UInt8], echoes id: RPCID?) {
  precondition(answer.count < 64 << 10 && !answer.contains(0x0A), "not a short line")
  let read: ServerMessage?
  do throws(JSONError) { read = try ServerMessage(answer) } catch { preconditionFailure("not JSON") }
  switch read {
  case .result(_, let echoed)?, .error(_, let echoed)?: precondition(echoed == id, "another id")
  case .notification?, nil: preconditionFailure("not an answer")
  }
}

private func dispatch(_ method: String, _ params: JSONObject, _ id: RPCID?) {
  switch method {
  case Initialize.name: read(Initialize.self, params, id)
  case Shutdown.name: read(Shutdown.self, params, id)
  case BrokerPing.name: read(BrokerPing.self, params, id)
  case BrokerStatus.name: read(BrokerStatus.self, params, id)
  case BuildMethod.name: read(BuildMethod.self, params, id)
  case BuildGet.name: read(BuildGet.self, params, id)
  case BuildList.name: read(BuildList.self, params, id)
  case BuildWait.name: read(BuildWait.self, params, id)
  case BuildPush.name: read(BuildPush.self, params, id)
  case BuildDiagnostics.name: read(BuildDiagnostics.self, params, id)
  case BuildExplain.name: read(BuildExplain.self, params, id)
  case ContextExplain.name: read(ContextExplain.self, params, id)
  case Cancel.name: read(Cancel.self, params, id)
  case LogsSubscribe.name: read(LogsSubscribe.self, params, id)
  case LogsUnsubscribe.name: read(LogsUnsubscribe.self, params, id)
  case LogsRead.name: read(LogsRead.self, params, id)
  default: _ = NearestName.of(method, among: [BuildMethod.name, LogsRead.name])
  }
}

private func read<Method: ProtocolMethod>(_: Method.Type, _ object: JSONObject, _ id: RPCID?)
where Method.Params: Equatable {
  do throws(RPCError) {
    let params = try Method.params(object)
    precondition((try? Method.params(params.members)) == params, "params read back differently")
  } catch {
    precondition(error.isKind(.invalidParams), "refused as something else")
    check(RPCEncoder.error(error, id: id), echoes: id)
  }
}
