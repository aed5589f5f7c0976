import JSON
import JSONRPC
import Testing

/// Everything that comes out of the bytes, the end of input included.
private func frames(_ bytes: [UInt8], pieceSize: Int = .max, limit: Int = 4 << 20) -> [FrameDecoder.Frame] {
  var decoder = FrameDecoder(messageLimit: limit)
  var frames: [FrameDecoder.Frame] = []
  var rest = bytes[...]
  while !rest.isEmpty {
    decoder.append(rest.prefix(pieceSize))
    rest = rest.dropFirst(pieceSize)
    while let frame = decoder.next() { frames.append(frame) }
  }
  if let failure = decoder.finish() { frames.append(.failure(failure)) }
  return frames
}

private func frames(_ text: String, limit: Int = 4 << 20) -> [FrameDecoder.Frame] {
  frames(Array(text.utf8), limit: limit)
}

private func message(_ text: String) -> FrameDecoder.Frame { .message(Array(text.utf8)[...]) }
private func failure(_ reason: FrameFailure.Reason) -> FrameDecoder.Frame { .failure(FrameFailure(reason)) }

struct LineFramingTests {
  @Test(arguments: [
    ("{}\n", ["{}"]), ("{}\r\n", ["{}"]), ("{}", ["{}"]), ("{}{}", ["{}", "{}"]), ("{}[]\n{}\n", ["{}", "[]", "{}"]),
    ("\n\r\n \t{}\n\n \r\n{}\n", ["{}", "{}"]), (#"{"a":"}"}"#, [#"{"a":"}"}"#]), (#"{"a":"\"}"}"#, [#"{"a":"\"}"}"#]),
    (#"{"a":"\\"}{}"#, [#"{"a":"\\"}"#, "{}"]), (#"[{"a":[1,{}]}] {}"#, [#"[{"a":[1,{}]}]"#, "{}"]),
    ("{}\nwhat is this\r\n{}\n", ["{}", "what is this", "{}"]), ("{},\n{}", ["{}", ",", "{}"]), ("{]}\n", ["{]", "}"]),
  ])
  func messagesEndAtTheirBracketOrLine(text: String, messages: [String]) {
    #expect(frames(text) == messages.map(message))
  }

  @Test(arguments: [("{\"a\":\n1}\n{}\n", 5), ("{\"a\n{}\n", 3), ("{\"a\\\n{}\n", 4), ("{\r\n{}", 2)])
  func lineBreakInAMessageIsAFailureAfterWhichReadingGoesOn(text: String, offset: Int) {
    let all = frames(text)
    #expect(all.first == failure(.lineBreakInMessage(offset: offset)))
    #expect(all.last == message("{}"))
    #expect(FrameFailure(.lineBreakInMessage(offset: offset)).boundaryIsKnown)
  }

  @Test func messageOfTheLimitPassesAndOneMoreByteEndsTheStream() {
    let limit = 64
    func text(_ length: Int) -> String { "[" + String(repeating: " ", count: length - 2) + "]" }
    #expect(frames(text(limit) + text(limit), limit: limit) == [message(text(limit)), message(text(limit))])
    #expect(frames(text(limit + 1) + "{}", limit: limit) == [failure(.messageTooLarge(limit: limit))])
    #expect(
      frames("[" + String(repeating: " ", count: 1_000), limit: limit) == [failure(.messageTooLarge(limit: limit))])
    #expect(
      frames("{}\n" + String(repeating: "x", count: 100), limit: limit).last == failure(.messageTooLarge(limit: limit)))
  }

  /// The byte that exceeds the limit ends the stream, whether it is passed over with others or says something itself.
  @Test(arguments: [1, 7, 63, 64, 65, Int.max])
  func limitHoldsWhereverAMessageIsAndHoweverItArrives(pieceSize: Int) {
    let limit = 64
    func result(_ text: String) -> [FrameDecoder.Frame] { frames(Array(text.utf8), pieceSize: pieceSize, limit: limit) }
    func filled(_ before: String, _ after: String, to length: Int) -> String {
      before + String(repeating: "x", count: length - before.utf8.count - after.utf8.count) + after
    }
    for (before, after) in [("[", "]"), ("[\"", "\"]"), ("[\"\\", "\\\\\"]"), ("{\"a\":[", "]}")] {
      let fits = filled(before, after, to: limit)
      #expect(result(" \n" + fits + "\n" + fits) == [message(fits), message(fits)])
      #expect(
        result(fits + filled(before, after, to: limit + 1)) == [message(fits), failure(.messageTooLarge(limit: limit))])
    }
    for byte in ["x", "\"", "{", "]", "\\"] {
      #expect(result(filled("[\"", "", to: limit) + byte) == [failure(.messageTooLarge(limit: limit))])
      #expect(result(filled("[", "", to: limit) + byte + "]") == [failure(.messageTooLarge(limit: limit))])
    }
  }

  @Test func inputThatEndsInsideAMessageIsAFailure() {
    #expect(frames("{}{\"a\"") == [message("{}"), failure(.unfinished)])
    #expect(frames("{}  \n ") == [message("{}")])
  }
}

struct HeaderFramingTests {
  @Test(arguments: [
    "Content-Length: 2\r\n\r\n{}", "content-length:2\r\n\r\n{}", "CONTENT-LENGTH: \t2 \r\n\r\n{}",
    "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
    "Content-Length: 2\r\nContent-Type: application/vim-jsonrpc; charset=UTF8\r\n\r\n{}",
    "Content-Length: 2\r\nContent-Type: a/b; charset=\"utf-8\"; x=y\r\n\r\n{}",
    "Content-Length: 2\r\nContent-Type: a/b\r\nX-Other: latin1\r\n\r\n{}", "\r\n Content-Length: 002\r\n\r\n{}",
  ])
  func blockIsUnderstood(text: String) {
    #expect(frames(text) == [message("{}")])
  }

  @Test(
    arguments: [
      ("Content-Length: 0\r\n\r\n", FrameFailure.Reason.contentLengthInvalid),
      ("Content-Length: -1\r\n\r\n", .contentLengthInvalid), ("Content-Length: 2x\r\n\r\n", .contentLengthInvalid),
      ("Content-Length: \r\n\r\n", .contentLengthInvalid),
      ("Content-Length: 1001\r\n\r\n", .messageTooLarge(limit: 1_000)),
      ("Content-Length: 99999999999999999999999\r\n\r\n", .messageTooLarge(limit: 1_000)),
      ("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", .contentLengthRepeated),
      ("Content-Type: a/b\r\n\r\n{}", .contentLengthMissing),
      ("Content-Type: a/b; charset=latin1\r\nContent-Length: 2\r\n\r\n{}", .charsetUnsupported),
      ("Content-Length: 2\n\n{}", .headerLineInvalid), ("Content-Length: 2\r\n\n{}", .headerLineInvalid),
      ("Content-Length 2\r\n\r\n{}", .headerLineInvalid), ("Content-Length : 2\r\n\r\n{}", .headerLineInvalid),
      ("Content-Length: 2\r\nbad line\r\n\r\n{}", .headerLineInvalid),
      ("Content-Length: 2\r\n: x\r\n\r\n", .headerLineInvalid),
      ("Cookie: 2\r\nContent-Length: 2\r\n\r\n{}", .headerLineInvalid),
      ("Content-Length: 2\r\nX: a\rb\r\n\r\n{}", .headerLineInvalid), ("Content-Length: 2\r\n\r\n{", .unfinished),
      ("Content-Length: 2\r\n", .unfinished), ("Content-Length: 2\r\n\r\n", .unfinished),
      ("CONNECT host:1 HTTP/1.1\r\n", .httpRequest),
    ] as [(String, FrameFailure.Reason)])
  func blockIsRefused(text: String, reason: FrameFailure.Reason) {
    #expect(frames(text, limit: 1_000) == [failure(reason)])
    #expect(!FrameFailure(reason).boundaryIsKnown)
  }

  @Test func blockOfTheLimitPassesAndOneMoreByteEndsTheStream() {
    func block(_ size: Int) -> String {
      let head = "Content-Length: 2\r\nX: "
      return head + String(repeating: "x", count: size - head.utf8.count - 4) + "\r\n\r\n{}"
    }
    #expect(frames(block(4_096)) == [message("{}")])
    #expect(frames(block(4_097)) == [failure(.headerTooLarge(limit: 4_096))])
    #expect(frames("C" + String(repeating: "o", count: 5_000)) == [failure(.headerTooLarge(limit: 4_096))])
  }

  @Test func lengthsAreBytes() {
    let body = #"{"a":"é😀"}"#
    #expect(frames("Content-Length: \(body.utf8.count)\r\n\r\n\(body)") == [message(body)])
  }

  @Test func framingIsNeverDetectedAgain() {
    #expect(frames("Content-Length: 2\r\n\r\n{}{}\r\n") == [message("{}"), failure(.headerLineInvalid)])
    #expect(frames("{}\nContent-Length: 2\r\n\r\n{}") == [message("{}"), message("Content-Length: 2"), message("{}")])
  }
}

struct FramingDetectionTests {
  @Test(
    arguments: [
      ("GET / HTTP/1.1\r\n\r\n", FrameFailure.Reason.httpRequest), ("POST / HTTP/1.1\r\n", .httpRequest),
      ("OPTIONS * HTTP/1.1", .httpRequest), ("GETX", .unknownFraming(firstByte: 0x47)),
      ("\u{16}\u{3}\u{1}", .unknownFraming(firstByte: 0x16)), ("\0", .unknownFraming(firstByte: 0)),
      ("hello\n", .unknownFraming(firstByte: 0x68)), ("\u{FEFF}{}", .unknownFraming(firstByte: 0xEF)),
      (String(repeating: "\n", count: 65) + "{}", .leadingBlanks(limit: 64)),
    ] as [(String, FrameFailure.Reason)])
  func otherLanguagesAreRefused(text: String, reason: FrameFailure.Reason) {
    #expect(frames(text) == [failure(reason)])
  }

  @Test func blanksUpToTheLimitMayComeFirst() {
    #expect(frames(String(repeating: " \n", count: 32) + "{}") == [message("{}")])
  }

  @Test func oneByteDecidesAndNothingIsDecidedBefore() {
    var decoder = FrameDecoder()
    decoder.append(Array(" \n".utf8))
    #expect(decoder.next() == nil)
    #expect(decoder.framing == nil)
    decoder.append(Array("{".utf8))
    #expect(decoder.next() == nil)
    #expect(decoder.framing == .line)

    var other = FrameDecoder()
    other.append(Array("P".utf8))
    #expect(other.next() == nil)
    #expect(other.framing == nil)
    other.append(Array("OST ".utf8))
    #expect(other.next() == failure(.httpRequest))
    other.append(Array("{}".utf8))
    #expect(other.next() == nil)
  }

  @Test func httpAnswerHasTheLengthItStates() throws {
    let text = String(decoding: FrameFailure.httpAnswer, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    let body = try #require(text.split(separator: "\r\n\r\n").last)
    #expect(text.contains("Content-Length: \(body.utf8.count)\r\n"))
    #expect(body.contains("swiftdock-ctl rpc"))
  }
}

struct FrameSplitTests {
  private static let streams = [
    "{\"a\":\"\\\"}é\"}\r\n\n[1,{}] {}\nbad\n{\"x\n{}\n{\"unfinished\"",
    "Content-Length: 8\r\nContent-Type: a; charset=utf8\r\n\r\n{\"a\":1}\nContent-Length: 2\r\n\r\n[]Content-Length: 0\r\n\r\n",
    " \n\tDELETE /x HTTP/1.1\r\n\r\n",
  ]

  @Test(arguments: streams) func noSplitInTwoChangesTheFrames(text: String) {
    let bytes = Array(text.utf8)
    let whole = frames(bytes)
    #expect(whole.count > 0)
    for cut in 0...bytes.count {
      var decoder = FrameDecoder()
      var split: [FrameDecoder.Frame] = []
      for part in [bytes[..<cut], bytes[cut...]] {
        decoder.append(part)
        while let frame = decoder.next() { split.append(frame) }
      }
      if let failure = decoder.finish() { split.append(.failure(failure)) }
      #expect(split == whole, "cut after \(cut) bytes")
    }
  }

  @Test(arguments: streams, 1...9) func noPieceSizeChangesTheFrames(text: String, size: Int) {
    let bytes = Array(text.utf8)
    #expect(frames(bytes, pieceSize: size) == frames(bytes))
  }

  /// What is left of a stream after each message that may be taken whole is what there was to be told.
  @Test(
    arguments: [
      #"{"jsonrpc":"2.0","id":1,"method":"m"}"# + "\n" + #"{"jsonrpc":"2.0","method":"n","params":{"a":"}"}}"#
        + " {}\n",
      #"{"jsonrpc":"2.0","id":1,"# + "\n" + #""method":"m"}"# + "\n[1]" + #"{"id":"é","method":"m","jsonrpc":"2.0"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"\#(String(repeating: "m", count: 80))"}{"jsonrpc":"2.0","method":"m"}"#,
      "Content-Length: 35\r\n\r\n" + #"{"jsonrpc":"2.0","id":1,"method":""}"#,
    ], 1...9)
  func messagesThatAreTakenWholeAreTheSame(text: String, size: Int) {
    func messages(plainFirst: Bool, pieceSize: Int) -> [RPCMessage] {
      var decoder = FrameDecoder(messageLimit: 80)
      var messages: [RPCMessage] = []
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(pieceSize))
        rest = rest.dropFirst(pieceSize)
        var taken = 0
        while plainFirst,
          let message = piece.withUnsafeBufferPointer({ decoder.takePlainMessage(from: $0, at: &taken) })
        {
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
          case .message(let bytes): messages.append(RPCMessage(bytes))
          case .failure(let failure): messages.append(.invalid(RPCError(failure), id: nil))
          }
        }
      }
      return messages
    }
    let expected = messages(plainFirst: false, pieceSize: .max)
    #expect(!expected.isEmpty)
    #expect(messages(plainFirst: true, pieceSize: .max) == expected)
    #expect(messages(plainFirst: true, pieceSize: size) == expected)
  }

  @Test func messageIsTakenWholeOnlyOnceItIs() {
    var decoder = FrameDecoder()
    let text = Array((#"{"jsonrpc":"2.0","id":1,"method":"m"}"# + "\n").utf8)
    decoder.append(text)
    guard case .message? = decoder.next() else {
      Issue.record("no message")
      return
    }
    #expect(decoder.nextPlainMessage() == nil)
    decoder.append(text[..<20])
    #expect(decoder.nextPlainMessage() == nil)
    decoder.append(text[20...])
    #expect(decoder.nextPlainMessage() == .request(id: RPCID(1), method: "m", params: [:]))
    #expect(decoder.lastFrame == text.count..<2 * text.count)
    #expect(decoder.nextPlainMessage() == nil)
    #expect(decoder.finish() == nil)
  }

  /// Before the framing is known, and while something that was appended is not taken, a message has to be appended.
  @Test func messageIsTakenFromBytesThatAreNotAppendedOnlyIfItIsNext() {
    var decoder = FrameDecoder()
    let text = Array((#"{"jsonrpc":"2.0","id":1,"method":"m"}"# + " \n").utf8)
    func take(_ bytes: [UInt8], _ offset: inout Int) -> RPCMessage? {
      bytes.withUnsafeBufferPointer { decoder.takePlainMessage(from: $0, at: &offset) }
    }
    var offset = 0
    #expect(take(text, &offset) == nil)
    decoder.append(text)
    #expect(take(text, &offset) == nil)
    #expect(decoder.next() != nil)
    #expect(take(Array(text[..<20]), &offset) == nil)
    #expect(offset == 0)
    #expect(take(text + text[..<20], &offset) == .request(id: RPCID(1), method: "m", params: [:]))
    #expect(offset == text.count)
    #expect(decoder.lastFrame == text.count..<2 * text.count)
    #expect(decoder.end == 2 * text.count)
    decoder.append(text[..<20])
    offset = 20
    #expect(take(text, &offset) == nil)
    decoder.append(text[20...])
    #expect(decoder.nextPlainMessage() != nil)
    #expect(decoder.lastFrame == 2 * text.count..<3 * text.count)
    #expect(decoder.finish() == nil)
  }

  @Test func singleBytesOfABigMessageCostNoMoreThanTheirNumber() {
    var decoder = FrameDecoder()
    let size = 1 << 20
    decoder.append(Array("[".utf8))
    for _ in 0..<(size - 2) {
      decoder.append([0x20])
      #expect(decoder.next() == nil)
    }
    decoder.append(Array("]".utf8))
    guard case .message(let bytes)? = decoder.next() else {
      Issue.record("no message")
      return
    }
    #expect(bytes.count == size)
  }
}

struct FrameEncodingTests {
  @Test func framesAreExactlyWhatClientsCanRead() {
    var line: [UInt8] = []
    Framing.line.encode(Array("{}".utf8), into: &line)
    #expect(line == Array("{}\n".utf8))
    var header = line
    Framing.header.encode(Array(#"{"a":"é"}"#.utf8), into: &header)
    #expect(header == Array("{}\nContent-Length: 10\r\n\r\n{\"a\":\"é\"}".utf8))
  }
}
