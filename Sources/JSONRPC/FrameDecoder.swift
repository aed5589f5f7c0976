/// Cuts a byte stream into messages, wherever the reads happen to split it, and finds out the framing from the first
/// byte that is not white space (Protocol/README.md, "Transport and framing").
///
/// Each byte is looked at once. Between messages nothing is kept; of an unfinished message at most `messageLimit`
/// bytes, besides what was appended and not yet taken.
package struct FrameDecoder {
  package enum Frame: Sendable, Equatable {
    /// One message without its framing; not yet known to be JSON. Shares the decoder's storage: to be let go before more
    /// is appended, which else has to copy what it appends to.
    case message(ArraySlice<UInt8>)
    case failure(FrameFailure)
  }

  enum State {
    case detecting
    case line(LineScanner)
    case header(HeaderFields)
    case body(length: Int)
    case failed
  }

  /// `limits.messageBytes` of the protocol.
  package static let defaultMessageLimit = 4 << 20
  /// Bytes of a header block, its closing empty line included.
  package static let headerLimit = 4_096
  private static let leadingBlankLimit = 64
  /// Storage that is kept for the next message.
  private static let keptCapacity = 64 << 10
  private static let httpMethods = [
    "GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS ", "TRACE ", "PRI ",
  ]
  private static let longestMethod = 8

  package let messageLimit: Int
  /// nil until the first byte that is not white space arrived, and for ever where that byte belongs to no framing.
  package private(set) var framing: Framing?

  /// Where in the stream, in bytes from its beginning, the frame lies that `next()` returned last: its header block or
  /// line end included, and the white space that follows it, as far as it was appended.
  package private(set) var lastFrame = 0..<0

  private(set) var buffer: [UInt8] = []
  /// Where in the stream `buffer` begins.
  private var base = 0
  /// Where in the stream the header block of the unfinished body begins.
  private var headerStart: Int?
  /// Where the unfinished message or header block begins in `buffer`.
  private(set) var start = 0
  /// Bytes of `buffer` that were looked at.
  private(set) var position = 0
  /// Where the unfinished header line begins.
  private var lineStart = 0
  private(set) var state = State.detecting
  private var leadingBlanks = 0
  /// Whether no header line was read yet.
  private var opensConnection = true

  package init(messageLimit: Int = defaultMessageLimit) { self.messageLimit = messageLimit }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard makeRoom() else { return }
    buffer.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: ArraySlice<UInt8>) {
    guard makeRoom() else { return }
    buffer.append(contentsOf: bytes)
  }

  package mutating func append(_ bytes: [UInt8]) { append(bytes[...]) }

  /// The next message or failure, or nil until more bytes are appended. After a failure whose boundary is not known
  /// there is never another.
  package mutating func next() -> Frame? {
    while true {
      let step =
        switch state {
        case .detecting: detect()
        case .line(let scanner): scanLine(scanner)
        case .header(let fields): scanHeader(fields)
        case .body(let length): takeBody(length)
        case .failed: Step.needsBytes
        }
      switch step {
      case .frame(let frame): return frame
      case .goOn: continue
      case .needsBytes: return nil
      }
    }
  }

  /// Where in the stream the message begins that is not complete yet; what lies before it was returned or passed over.
  package var unfinishedStart: Int { headerStart ?? base + start }

  /// Where in the stream the bytes end that were appended.
  package var end: Int { base + buffer.count }

  /// What is to be said once the input has ended and `next()` has no more: a failure where it ended inside a message.
  package mutating func finish() -> FrameFailure? {
    let isInside =
      switch state {
      case .failed: false
      case .body: true
      case .detecting, .line, .header: start < buffer.count
      }
    state = .failed
    return isInside ? FrameFailure(.unfinished) : nil
  }

  private enum Step {
    case frame(Frame)
    case goOn
    case needsBytes
  }

  private mutating func detect() -> Step {
    while position < buffer.count, Self.isBlank(buffer[position]) {
      position += 1
      leadingBlanks += 1
      start = position
      if leadingBlanks > Self.leadingBlankLimit { return fail(.leadingBlanks(limit: Self.leadingBlankLimit)) }
    }
    guard position < buffer.count else { return .needsBytes }
    switch buffer[position] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      framing = .line
      state = .line(LineScanner())
    case UInt8(ascii: "C"), UInt8(ascii: "c"):
      framing = .header
      lineStart = position
      state = .header(HeaderFields())
    case let first:
      let method = buffer[start...].prefix(Self.longestMethod)
      if Self.httpMethods.contains(where: { method.starts(with: $0.utf8) }) { return fail(.httpRequest) }
      if Self.httpMethods.contains(where: { $0.utf8.starts(with: method) }) { return .needsBytes }
      return fail(.unknownFraming(firstByte: first))
    }
    return .goOn
  }

  private mutating func scanLine(_ scanner: LineScanner) -> Step {
    var scanner = scanner
    defer { if case .line = state { state = .line(scanner) } }
    while position < buffer.count {
      // Up to the limit at first, and then the one byte that exceeds it, unless it is an LF.
      let end = position - start < messageLimit ? min(buffer.count, start + messageLimit) : position + 1
      let verdict: LineScanner.Verdict
      (position, verdict) = buffer.withUnsafeBufferPointer { scanner.read($0, from: position, to: end) }
      switch verdict {
      case .blank:
        start = position
      case .inside where position - start > messageLimit:
        return fail(.messageTooLarge(limit: messageLimit))
      case .inside:
        break
      case .closed where position - start > messageLimit:
        return fail(.messageTooLarge(limit: messageLimit))
      case .closed:
        return .frame(.message(take(position)))
      case .lineEnded:
        var line = take(position)
        line.removeLast()
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return .frame(.message(line))
      case .broken:
        let offset = position - 1 - start
        finishFrame(at: position)
        return .frame(.failure(FrameFailure(.lineBreakInMessage(offset: offset))))
      }
    }
    return .needsBytes
  }

  private mutating func scanHeader(_ fields: HeaderFields) -> Step {
    var fields = fields
    while position < buffer.count {
      position += 1
      if position - start > Self.headerLimit { return fail(.headerTooLarge(limit: Self.headerLimit)) }
      guard buffer[position - 1] == UInt8(ascii: "\n") else { continue }
      let line = buffer[lineStart..<position]
      lineStart = position
      if line.elementsEqual("\r\n".utf8) {
        guard let length = fields.contentLength else { return fail(.contentLengthMissing) }
        headerStart = base + start
        start = position
        state = .body(length: length)
        return .goOn
      }
      if let reason = fields.read(line, messageLimit: messageLimit, opensConnection: opensConnection) {
        return fail(reason)
      }
      opensConnection = false
      state = .header(fields)
    }
    return .needsBytes
  }

  private mutating func takeBody(_ length: Int) -> Step {
    guard buffer.count - start >= length else { return .needsBytes }
    let message = take(start + length)
    lineStart = start
    state = .header(HeaderFields())
    return .frame(.message(message))
  }

  /// The bytes from `start` to `end`, which is where the next message begins.
  private mutating func take(_ end: Int) -> ArraySlice<UInt8> {
    let message = buffer[start..<end]
    finishFrame(at: end)
    return message
  }

  /// The next message begins after the white space that follows `end`, which is its writer's line end or filling.
  mutating func finishFrame(at end: Int) {
    let first = unfinishedStart
    headerStart = nil
    start = end
    if case .line = state { start = buffer.withUnsafeBufferPointer { Self.endOfBlanks($0, from: end) } }
    position = start
    lastFrame = first..<(base + start)
  }

  /// A message was taken from bytes of the stream that are not appended.
  /// - Precondition: nothing that was appended is left.
  mutating func passOver(_ count: Int) {
    let first = unfinishedStart
    base += count
    lastFrame = first..<unfinishedStart
  }

  static func endOfBlanks(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start
    while end < bytes.count, isBlank(bytes[end]) { end += 1 }
    return end
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: true
    default: false
    }
  }

  private mutating func fail(_ reason: FrameFailure.Reason) -> Step {
    state = .failed
    lastFrame = unfinishedStart..<end
    headerStart = nil
    base = end
    buffer = []
    (start, position, lineStart) = (0, 0, 0)
    return .frame(.failure(FrameFailure(reason)))
  }

  /// Drops what was taken, moving the rest only when it is shorter than what it replaces, so that the work stays
  /// proportional to the input. False where nothing more is wanted.
  private mutating func makeRoom() -> Bool {
    if case .failed = state { return false }
    guard start > buffer.count / 2 || start == buffer.count else { return true }
    base += start
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacity)
    } else {
      buffer.removeSubrange(..<start)
    }
    position -= start
    lineStart -= min(lineStart, start)
    start = 0
    return true
  }
}
