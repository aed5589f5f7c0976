internal import BuildScheduling
internal import EventLoop
internal import Glibc
internal import JSONRPC
internal import SwiftDockProtocol

/// Bytes of connections: in, out, and the ways a connection ends.
extension Broker {
  private static let readsAtOnce = 4
  /// Of the buffer, for a connection that is read from.
  private static let leastRoom = 8 << 10
  /// Reads that take more than the system keeps for a client that is gone.
  private static let readsToEnd = 64
  /// Messages handled, and pieces of output sent or of logs passed over, before other connections get their turn.
  private static let framesAtOnce = 64
  static let piecesAtOnce = 4
  /// Messages that are not JSON, one after the other, before the connection is given up.
  private static let parseErrorLimit = 16
  /// What a client may still send after it was told that the connection ends.
  private static let drainLimit = 1 << 20
  private static let drainTime = Duration.seconds(1)

  /// What the loop says of connections.
  ///
  /// Whoever is ready together is read from together, and then answered together, so that a client with many connections
  /// is woken up once for all of them, and the processor does one thing many times rather than many things in turn.
  func ready(_ connections: [ReadyDescriptor]) {
    servingDue {
      var rest = connections[...]
      while !rest.isEmpty {
        let taken = takeIn(rest)
        for arrival in arrivals {
          // One of those before may have ended this one.
          guard let session = sessionsByDescriptor[arrival.connection.descriptor] else { continue }
          ready(session, arrival.connection.readiness, arrival.reading)
        }
        arrivals.removeAll(keepingCapacity: true)
        if !arrivedDescriptors.isEmpty { arrivedDescriptors = [:] }
        rest = rest.dropFirst(taken)
      }
    }
  }

  /// What was read of a connection that is ready.
  struct Arrival {
    let connection: ReadyDescriptor
    /// nil where nothing was tried.
    let reading: Reading?
  }

  /// The descriptors that came with the bytes are in `arrivedDescriptors`.
  struct Reading {
    let received: UnixSocket.Received
    /// Of the broker's buffer, what there was for the bytes, which begin where it does.
    let room: Range<Int>
  }

  /// Reads once from each connection as long as the buffer has room. A connection that is to be read from later, if at
  /// all, comes alone, as it may then need the whole buffer.
  /// - Returns: of how many there is an arrival now, or none needed; at least one.
  private func takeIn(_ connections: ArraySlice<ReadyDescriptor>) -> Int {
    var room = 0..<readBuffer.count
    var taken = 0
    for connection in connections {
      if room.count < Self.leastRoom { break }
      // One of an earlier turn may have ended this one.
      guard let session = sessionsByDescriptor[connection.descriptor] else {
        taken += 1
        continue
      }
      let readiness = connection.readiness
      let hasInput = readiness.meets(.gone) || readiness.meets(.input)
      let isReadNow = hasInput && !readiness.meets(.gone) && mayRead(session)
      if hasInput, !isReadNow, !arrivals.isEmpty { break }
      taken += 1
      let reading = isReadNow ? receive(session, room) : nil
      if case .bytes(let count)? = reading?.received { room = (room.lowerBound + count)..<room.upperBound }
      arrivals.append(Arrival(connection: connection, reading: reading))
      if hasInput, !isReadNow { break }
    }
    return taken
  }

  private func ready(_ session: Session, _ readiness: Readiness, _ reading: Reading?) {
    guard !session.isClosed else { return }
    let isGone = readiness.meets(.gone)
    if isGone { session.lose() }
    if isGone || readiness.meets(.input) {
      guard read(session, untilEnd: isGone, beginningWith: reading) else { return close(session) }
    }
    if isGone { return close(session) }
    if readiness.meets(.writable) { session.isBlocked = false }
    serveSoon(session)
  }

  private func mayRead(_ session: Session) -> Bool {
    if case .open = session.phase { return !session.hasFramesLeft && !session.output.isOverfull }
    return !session.isInputOver
  }

  /// Takes in what there is, and handles the messages in it. False where the connection has failed.
  ///
  /// - Parameters:
  ///   - untilEnd: the client is gone, and what it said before is all there will be.
  ///   - first: what was read already.
  private func read(_ session: Session, untilEnd: Bool, beginningWith first: Reading?) -> Bool {
    var first = first
    for _ in 0..<(untilEnd ? Self.readsToEnd : Self.readsAtOnce) {
      if untilEnd, case .open = session.phase { while session.hasFramesLeft { takeFrames(session) } }
      // One of those before may have ended this one's input, or all connections'.
      if session.isInputOver { return true }
      guard first != nil || mayRead(session) else { return true }
      let reading = first.take() ?? receive(session, 0..<readBuffer.count)
      switch reading.received {
      case .bytes(let count):
        if case .closing(let drained) = session.phase {
          arrivedDescriptors[session.id] = nil
          session.phase = .closing(drained: drained + count)
          if drained + count > Self.drainLimit { return false }
        } else {
          handle(reading, count, of: session)
        }
        // A read that left room took all there was; the loop tells of what has come since.
        if count < reading.room.count, !untilEnd { return true }
      case .end:
        if case .closing = session.phase {
          session.phase = .finishing
          return true
        }
        session.phase = .inputEnded
        session.dropAttachments()
        if let failure = session.decoder.finish() { send(RPCError(failure), to: nil, of: session) }
        return true
      case .wouldBlock: return true
      case .failed: return false
      }
    }
    return true
  }

  private func receive(_ session: Session, _ room: Range<Int>) -> Reading {
    var descriptors = ReceivedDescriptors()
    let received = readBuffer.withUnsafeMutableBytes {
      session.socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: $0[room]), descriptors: &descriptors)
    }
    if !descriptors.isEmpty { arrivedDescriptors[session.id] = descriptors }
    return Reading(received: received, room: room)
  }

  private func handle(_ reading: Reading, _ count: Int, of session: Session) {
    let bytes = reading.room.prefix(count)
    var messages = Self.framesAtOnce
    let descriptors = arrivedDescriptors.isEmpty ? nil : arrivedDescriptors.removeValue(forKey: session.id)
    let taken = descriptors == nil ? takePlainMessages(session, bytes, &messages) : bytes.lowerBound
    guard taken < bytes.upperBound else { return }
    readBuffer.withUnsafeBytes {
      session.decoder.append(UnsafeRawBufferPointer(rebasing: $0[taken..<bytes.upperBound]))
    }
    if let descriptors { session.attach(descriptors) }
    takeFrames(session, atMost: max(messages, 1))
  }

  /// Handles messages at the beginning of what was read where they lie: the usual ones, if nothing waits before them.
  /// - Parameters:
  ///   - bytes: their place in the buffer.
  ///   - limit: of messages; less those that were taken afterwards.
  /// - Returns: where those begin that were not taken.
  private func takePlainMessages(_ session: Session, _ bytes: Range<Int>, _ limit: inout Int) -> Int {
    var next = bytes.lowerBound
    guard session.canTakeAtOnce else { return next }
    while limit > 0, next < bytes.upperBound, case .open = session.phase, !session.output.isOverfull {
      guard
        let message = readBuffer.withUnsafeBufferPointer({
          session.decoder.takePlainMessage(from: UnsafeBufferPointer(rebasing: $0[..<bytes.upperBound]), at: &next)
        })
      else { break }
      limit -= 1
      received(message, with: noDescriptors, from: session)
    }
    return next
  }

  /// Handles messages that are complete: some of them, and as long as their answers are taken.
  ///
  /// - Parameter limit: at least 1.
  private func takeFrames(_ session: Session, atMost limit: Int = framesAtOnce) {
    for _ in 0..<limit {
      session.hasFramesLeft = false
      guard case .open = session.phase else { return }
      session.hasFramesLeft = true
      if session.output.isOverfull { return }
      if let message = session.decoder.nextPlainMessage() {
        received(message, with: session.takeAttachments() ?? noDescriptors, from: session)
        continue
      }
      switch session.decoder.next() {
      case nil:
        session.hasFramesLeft = false
        session.keepAttachments()
        return
      case .message(let bytes)?:
        received(RPCMessage(bytes), with: session.takeAttachments() ?? noDescriptors, from: session)
      case .failure(let failure)?:
        _ = session.takeAttachments()
        failed(failure, session)
      }
    }
  }

  private func failed(_ failure: FrameFailure, _ session: Session) {
    if failure.reason == .httpRequest {
      session.output.append(OutputFrame(head: FrameFailure.httpAnswer), to: .control)
      return beginClosing(session)
    }
    send(RPCError(failure), to: nil, of: session)
    failure.boundaryIsKnown ? countParseError(session) : beginClosing(session)
  }

  func countParseError(_ session: Session) {
    session.parseErrorsInARow += 1
    if session.parseErrorsInARow >= Self.parseErrorLimit { beginClosing(session) }
  }

  /// Sends what is due and then ends the connection so that the client sees it all: a close with input unread would
  /// show as ECONNRESET.
  func beginClosing(_ session: Session) {
    switch session.phase {
    case .closing, .finishing: return
    case .open, .inputEnded: break
    }
    session.phase = .closing(drained: 0)
    session.dropAttachments()
    release(session)
    let id = session.id
    loop.schedule(after: Self.drainTime) { [self] in
      assumeIsolated { broker in
        if let session = broker.sessions[id] { broker.close(session) }
      }
    }
  }

  /// The broker ends: answers what was asked so far, and ends the connection once that was sent.
  func finish(_ session: Session) {
    takeFrames(session)
    refuseWaiting(session)
    session.phase = .finishing
    settle(session)
  }

  /// Hands bytes to the kernel until it takes no more or others are due, fetching log data as room appears. What is
  /// left is in the output, or in the logs with the session in the queue of those to be served.
  func flush(_ session: Session, piecesAtMost limit: Int = piecesAtOnce) {
    defer { account(session) }
    var pieces = 0
    while !session.isLost, !session.isBlocked {
      if let count = session.output.next() {
        guard pieces < limit else { return serveSoon(session) }
        switch session.output.withNext({ session.socket.send($0, $1, $2) }) {
        case .bytes(let sent):
          session.output.didSend(sent)
          session.isBlocked = sent < count
          if session.subscriptionCount == 0, session.output.isEmpty { return }
        case .wouldBlock: session.isBlocked = true
        // EPIPE and the like. A hang-up may follow or not; what was said before it is still to be read.
        case .failed:
          session.lose()
          let id = session.id
          onLoop { broker in
            if let session = broker.sessions[id] { broker.ready(session, .hangUp, nil) }
          }
        }
      } else if session.subscriptionCount == 0 {
        return
      } else {
        guard pieces < limit else { return serveSoon(session) }
        switch fetchLogData(session) {
        case .nothing: return
        case .passedOver: break
        case .data: continue
        }
      }
      pieces += 1
    }
  }

  /// Tells the budget what waits for this client now.
  private func account(_ session: Session) {
    let bytes = session.output.bytes
    output.change(from: session.budgetedBytes, to: bytes, of: session.peer.uid)
    session.budgetedBytes = bytes
  }

  /// After anything that happened on a connection: goes on where it was held back, and ends or waits.
  func settle(_ session: Session) {
    guard !session.isClosed else { return }
    flush(session)
    // Answers that were taken make room for the requests behind them.
    if session.hasFramesLeft {
      takeFrames(session)
      flush(session)
    }
    guard !session.isLost else { return }
    if session.output.isEmpty {
      switch session.phase {
      case .open: break
      case .inputEnded where session.isServed: return close(session)
      case .inputEnded: break
      case .closing: session.socket.endOutput()
      // More is to be fetched from the logs.
      case .finishing where session.isDue: break
      case .finishing where !session.subscriptions.isEmpty:
        endSubscriptions(of: session, .shutdown)
        serveSoon(session)
      case .finishing: return close(session)
      }
    }
    var interest = Readiness()
    switch session.phase {
    case .open where session.output.isOverfull: break
    case .open where session.hasFramesLeft: serveSoon(session)
    case .open, .closing: interest = .input
    case .inputEnded, .finishing: break
    }
    if session.isBlocked { interest.insert(.writable) }
    guard interest != session.interest else { return }
    session.interest = interest
    loop.change(session.socket.descriptor, to: interest)
  }

  /// The one way in which a connection ends.
  func close(_ session: Session) {
    guard !session.isClosed else { return }
    session.isClosed = true
    sessions[session.id] = nil
    sessionsByDescriptor[session.socket.descriptor] = nil
    loop.unwatch(session.socket.descriptor)
    release(session)
    output.change(from: session.budgetedBytes, to: 0, of: session.peer.uid)
    if isEnding, sessions.isEmpty { end() }
  }

  /// What the connection waited for is forgotten, what depends on it gets its grace time.
  private func release(_ session: Session) {
    for (request, pending) in session.pending { forget(pending, request, of: session) }
    session.pending = [:]
    for subscription in session.subscriptions.values { subscription.build.subscriptions[subscription.id] = nil }
    session.subscriptions = [:]
    session.eventSubscriptions = [:]
    eventSessions.remove(session.id)
    for build in session.attached { connectionLost(build) }
    session.attached = []
  }

  private func connectionLost(_ id: String) {
    guard let build = builds[id], !build.state.isFinal else { return }
    build.attachedTo = nil
    build.graceTimer = loop.schedule(after: .milliseconds(build.params.graceMs)) { [self] in
      assumeIsolated { broker in
        journal.write(.info, "connection gone, build leaves", ["build": id])
        _ = broker.leave(build: id, by: .disconnect, reason: nil)
      }
    }
  }
}
