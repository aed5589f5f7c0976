/// Sees a response as it comes, on the thread that runs the exchange.
protocol HTTPExchangeObserver: AnyObject {
  /// Events of one read, at least one.
  func received(_ events: [HTTPResponseDecoder.Event]) throws(EngineError)
  /// When `alarmPassed` wants to be called; nil for never. Asked before every wait.
  var alarm: SuspendingClock.Instant? { get }
  func alarmPassed() throws(EngineError)
  /// So many bytes more of the request's body are on their way.
  func took(_ count: Int)
}

extension HTTPExchangeObserver {
  func took(_ count: Int) {}
}

/// What stops the producer of a body: nothing more of it is wanted. Not an error; the answer tells why.
package struct UploadStopped: Error, Equatable {}

/// Takes bytes of a request's body. The buffer is the producer's again when the call returns.
package typealias BodySink = (UnsafeRawBufferPointer) throws(UploadStopped) -> Void

/// One request and its response, on a connection of its own that ends with this object. For one thread.
///
/// Reads while it writes: Engines may answer, and refuse, before they have the whole body. Never shuts down its side
/// of the connection, since Engines take that for the end of the caller's interest.
final class HTTPExchange {
  /// Small writes are collected to this many bytes, and large ones cut: a send(2) to a peer that reads as fast goes on
  /// to the end of its buffer, however long that is, and nothing else is looked at meanwhile.
  private static let writeSize = 262_144

  private let connection: EngineConnection
  /// Nil once it has been heeded, so that what is left can be read.
  var interrupt: Interrupt?
  private let observer: any HTTPExchangeObserver
  private var decoder: HTTPResponseDecoder
  /// The Engine reads no more of the request.
  private var isRefused = false
  private var buffered: [UInt8] = []
  private var producedBytes: Int64 = 0
  /// Why the upload was stopped, where the answer does not say it.
  private var uploadFailure: EngineError?
  private(set) var isUploadComplete = false
  /// When everything must be over; nil for no limit.
  var deadline: SuspendingClock.Instant?

  var isEnded: Bool { decoder.isEnded }

  /// Connects. Nothing is sent yet.
  init(
    _ client: EngineClient, bodyExpected: Bool = true, deadline: SuspendingClock.Instant?, interrupt: Interrupt?,
    observer: any HTTPExchangeObserver
  ) throws(EngineError) {
    let connected = SuspendingClock.now.advanced(by: client.timeouts.connect)
    connection = try EngineConnection(
      to: client.socketPath, until: min(connected, deadline ?? connected), interrupt: interrupt)
    decoder = HTTPResponseDecoder(bodyExpected: bodyExpected)
    self.interrupt = interrupt
    self.observer = observer
    self.deadline = deadline
  }

  /// Sends a request that has no body.
  func send(_ request: HTTPRequest) throws(EngineError) {
    let needsLength = request.method == .post
    try write(try request.head(contentLength: needsLength ? 0 : nil))
    isUploadComplete = !isRefused
  }

  /// Sends a request with a body of exactly `size` bytes, which `producer` gives to its sink. Returns early where the
  /// Engine reads no more or has answered; the sink throws `UploadStopped` then, and what the producer makes of that
  /// is not looked at.
  /// - Throws: `.body` with the producer's own error. The body is left unfinished then, so that the Engine does not
  ///   take it for whole.
  func send(
    _ request: HTTPRequest, size: Int64, producer: (BodySink) throws -> Void
  ) throws(BuildTransferError) {
    do { try write(try request.head(contentLength: size)) } catch { throw .engine(error) }
    var producerError: (any Error)?
    do {
      try producer { (bytes) throws(UploadStopped) in
        do throws(EngineError) { try self.take(bytes, of: size) } catch { self.uploadFailure = error }
        if self.isUploadStopped { throw UploadStopped() }
      }
    } catch {
      producerError = error
    }
    if uploadFailure == nil, producerError == nil, !isUploadStopped {
      do throws(EngineError) { try flush() } catch { uploadFailure = error }
    }
    if let uploadFailure { throw .engine(uploadFailure) }
    if isUploadStopped { return }
    if let producerError { throw .body(producerError) }
    guard producedBytes == size else {
      throw .engine(.bodySizeMismatch(announced: size, produced: producedBytes))
    }
    isUploadComplete = true
  }

  /// Reads to the end of the response.
  /// - Throws: `EngineError.lost` where the connection ends before it.
  func receive() throws(EngineError) {
    while !decoder.isEnded { _ = try step(writing: false) }
  }

  /// Reads what has arrived, without waiting; the end of the connection is no error here.
  func drain() throws(EngineError) {
    while !decoder.isEnded {
      guard try connection.wait(writing: false, until: .now, interrupt: nil).isReadable,
        case .bytes(let bytes) = try connection.receive()
      else { return }
      try decode(bytes)
    }
  }

  func close() { connection.close() }

  private var isUploadStopped: Bool { isRefused || decoder.isEnded || uploadFailure != nil }

  private func take(_ bytes: UnsafeRawBufferPointer, of size: Int64) throws(EngineError) {
    guard !isUploadStopped else { return }
    producedBytes += Int64(bytes.count)
    guard producedBytes <= size else { throw .bodySizeMismatch(announced: size, produced: producedBytes) }
    if buffered.count + bytes.count < Self.writeSize {
      buffered.append(contentsOf: bytes)
    } else {
      try flush()
      try write(bytes)
    }
    observer.took(bytes.count)
  }

  private func flush() throws(EngineError) {
    var bytes: [UInt8] = []
    swap(&bytes, &buffered)
    try write(bytes)
    bytes.removeAll(keepingCapacity: true)
    swap(&bytes, &buffered)
  }

  private func write(_ bytes: [UInt8]) throws(EngineError) {
    let result = bytes.withUnsafeBytes { (raw) -> Result<Void, EngineError> in
      do throws(EngineError) { return .success(try write(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
    var rest = bytes[...]
    while !rest.isEmpty, !isRefused, !decoder.isEnded {
      guard try step(writing: true) else { continue }
      switch try connection.send(UnsafeRawBufferPointer(rebasing: rest.prefix(Self.writeSize))) {
      case .bytes(let count): rest = rest.dropFirst(count)
      case .refused: isRefused = true
      }
    }
  }

  /// Waits once, and reads once where there is something to read.
  /// - Returns: whether the socket can be written.
  private func step(writing: Bool) throws(EngineError) -> Bool {
    let alarm = observer.alarm
    let until = [deadline, alarm].compactMap(\.self).min()
    let ready = try connection.wait(writing: writing, until: until, interrupt: interrupt)
    if ready.isReadable {
      switch try connection.receive() {
      case .bytes(let bytes): try decode(bytes)
      case .end: try peerClosed()
      case .nothing: break
      }
    }
    let now = SuspendingClock.now
    if let deadline, deadline <= now, !decoder.isEnded { throw .timedOut }
    if let alarm, alarm <= now { try observer.alarmPassed() }
    return ready.isWritable
  }

  private func decode(_ bytes: [UInt8]) throws(EngineError) {
    var events: [HTTPResponseDecoder.Event] = []
    var failure: HTTPError?
    do { try decoder.decode(bytes[...], into: &events) } catch { failure = error }
    if !events.isEmpty { try observer.received(events) }
    if let failure { throw .protocolViolation(.http(failure)) }
  }

  private func peerClosed() throws(EngineError) {
    var events: [HTTPResponseDecoder.Event] = []
    do { try decoder.peerClosed(into: &events) } catch { throw .lost }
    if !events.isEmpty { try observer.received(events) }
  }
}
