internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC

/// Names a connection within the broker.
struct SessionID: Hashable, Sendable {
  let number: UInt64
}

/// One client connection: its socket, what is half-read and half-sent, and what it has asked for. Belongs to the
/// broker's actor; never leaves it.
///
/// What each message touches is not checked for overlapping accesses at run time: the checks took a tenth of the time of
/// a round trip. Nobody but the actor has access, and of the two closures that run during one, the writer of an answer is
/// given values, not the session, and the sending of what is due uses nothing of the session but its socket.
final class Session {
  /// A request that is not answered yet.
  enum PendingRequest {
    /// `build` with `wait`.
    case build(BuildRecord, subscription: String?)
    case buildWait(BuildRecord, timer: TimerID?)
    case logsRead(BuildRecord, LogsReadWait)
    /// `build.push`: its name in the queue of publications, and what ends it.
    case push(BuildRecord, BuildID, Interrupt)
    /// A piece or the end of an upload, which are worked at whoever waits: the work's number.
    case upload(Int)
    /// `context.digest` or `context.explain`, and what ends its reading.
    case digest(Interrupt)
    /// `build.explain`, and what ends its reading.
    case comparison(Interrupt)
  }

  enum Phase {
    case open
    /// No more requests will come; answers that are due, subscriptions and attached builds are still served.
    case inputEnded
    /// Everything is said: what is in the output is sent, then input is read away so that the client sees a clean end.
    case closing(drained: Int)
    /// Everything is said and heard: ends when what is in the output was sent.
    case finishing
  }

  let id: SessionID
  let socket: UnixSocket
  let peer: PeerIdentity
  let process: PeerProcess
  @exclusivity(unchecked) var phase = Phase.open
  @exclusivity(unchecked) var decoder = FrameDecoder()
  /// Descriptors that were received and whose message was not handled yet; nil where there are none, as nearly always.
  @exclusivity(unchecked) private var attachments: FrameAttachments<PassedDescriptor>?
  @exclusivity(unchecked) var output = SessionOutput()
  /// Bytes of the output that the broker's budget knows of.
  @exclusivity(unchecked) var budgetedBytes = 0
  /// Whether the kernel took less than it was given last.
  @exclusivity(unchecked) var isBlocked = false
  /// Whether the session is in the broker's queue of those to be served.
  @exclusivity(unchecked) var isDue = false
  /// What the descriptor is watched for now.
  @exclusivity(unchecked) var interest = Readiness()
  /// Whether complete messages may wait in the decoder; nothing is read until they were handled.
  @exclusivity(unchecked) var hasFramesLeft = false
  /// Nobody reads any more: nothing is sent, and the connection ends when what the client said was handled.
  @exclusivity(unchecked) private(set) var isLost = false
  /// The broker has let go of the connection.
  @exclusivity(unchecked) var isClosed = false
  /// Answered to whatever comes first, before the connection is closed.
  let refusal: RPCError?
  var isInitialized = false
  @exclusivity(unchecked) var parseErrorsInARow = 0
  /// Whether the answer to the batch at hand has to come behind what is in the data lane.
  @exclusivity(unchecked) var isBatchBehindData = false
  @exclusivity(unchecked) var pending: [RPCID: PendingRequest] = [:]
  @exclusivity(unchecked) var subscriptions: [String: Subscription] = [:]
  @exclusivity(unchecked) var eventSubscriptions: [String: EventSubscription] = [:]
  /// The subscription that was served first the last time.
  private var lastServed = ""
  /// Builds whose life depends on this connection.
  var attached: Set<String> = []

  init(id: SessionID, socket: consuming UnixSocket, peer: PeerIdentity, refusal: RPCError?) {
    self.id = id
    process = PeerProcess(of: socket, peer)
    self.socket = socket
    self.peer = peer
    self.refusal = refusal
  }

  /// Whether nothing is to be read any more.
  var isInputOver: Bool {
    switch phase {
    case .inputEnded, .finishing: true
    case .open, .closing: false
    }
  }

  /// Whether nothing is left to do for a client that will send no more.
  var isServed: Bool { pending.isEmpty && subscriptionCount == 0 && attached.isEmpty }
  var subscriptionCount: Int { subscriptions.count + eventSubscriptions.count }

  /// The subscriptions, beginning behind the one that came first the last time: where there is not room for all, each
  /// gets its turn.
  func subscriptionsInTurn() -> [Subscription] {
    guard subscriptions.count > 1 else { return Array(subscriptions.values) }
    let sorted = subscriptions.values.sorted { $0.id < $1.id }
    let next = sorted.firstIndex { $0.id > lastServed } ?? 0
    lastServed = sorted[next].id
    return Array(sorted[next...] + sorted[..<next])
  }

  /// Whether a push goes on for this client.
  var waitsForPush: Bool {
    pending.values.contains { if case .push = $0 { true } else { false } }
  }

  /// A read brought `received` together with bytes that the decoder has.
  func attach(_ received: ReceivedDescriptors) {
    guard !received.isEmpty else { return }
    var attachments = self.attachments ?? FrameAttachments(limit: ReceivedDescriptors.limit)
    attachments.arrived(received.descriptors, isIncomplete: received.isTruncated, before: decoder.end)
    self.attachments = attachments
  }

  /// What belongs to the frame that the decoder returned last; nil where nothing waits.
  func takeAttachments() -> MessageDescriptors? {
    guard let taken = attachments?.take(decoder.lastFrame) else { return nil }
    return MessageDescriptors(taken)
  }

  /// Whether a message that arrives now is the next to be handled, and has no descriptors unless they come with it.
  var canTakeAtOnce: Bool { !hasFramesLeft && attachments == nil }

  /// The decoder has no more whole frames: lets go of what belongs to none of those to come.
  func keepAttachments() {
    guard attachments != nil else { return }
    attachments?.keep(from: decoder.unfinishedStart)
    if attachments?.isEmpty == true { attachments = nil }
  }

  func dropAttachments() { attachments = nil }

  func lose() {
    isLost = true
    output = SessionOutput()
  }

  /// Appends one message, framed as the client's own.
  func send(_ message: [UInt8], _ lane: SessionOutput.Lane = .control) {
    switch lane {
    case .control where !isLost: output.appendAnswer(message, framing: decoder.framing ?? .line)
    case .control: break
    case .data: send(OutputFrame(head: message), .data)
    }
  }

  /// As above, for an answer that is written where it is sent from.
  /// - Parameter write: writes one JSON value.
  /// - Returns: false where it has more bytes than `limit`; then nothing is appended.
  func answer(limit: Int, _ write: (inout JSONWriter) -> Void) -> Bool {
    isLost || output.appendAnswer(framing: decoder.framing ?? .line, limit: limit, write)
  }

  /// As above, for a message that holds bytes which others are sent, too.
  func send(_ message: OutputFrame, _ lane: SessionOutput.Lane) {
    guard !isLost else { return }
    let (before, after) = (decoder.framing ?? .line).affixes(of: message.count)
    var frame = message
    if !before.isEmpty { frame.head.insert(contentsOf: before.utf8, at: 0) }
    if !after.isEmpty { frame.tail += after.utf8 }
    output.append(frame, to: lane)
  }
}
