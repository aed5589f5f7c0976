internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSONRPC

/// Names a connection within the broker.
struct SessionID: Hashable, Sendable {
  let number: UInt64
}

/// One client connection: its socket, what is half-read and half-sent, and what it has asked for. Belongs to the
/// broker's actor; never leaves it.
final class Session {
  /// A request that is not answered yet.
  enum PendingRequest {
    /// `build` with `wait`.
    case build(BuildRecord, subscription: String?)
    case buildWait(BuildRecord, timer: TimerID?)
    case logsRead(BuildRecord, LogsReadWait)
    /// `build.push`: its name in the queue of publications, and what ends it.
    case push(BuildRecord, BuildID, Interrupt)
    /// A piece or the end of an upload, which are worked at whoever waits.
    case upload
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
  var phase = Phase.open
  var decoder = FrameDecoder()
  /// Descriptors that were received and whose message was not handled yet.
  var attachments = FrameAttachments<PassedDescriptor>(limit: ReceivedDescriptors.limit)
  var output = SessionOutput()
  /// What the descriptor is watched for now.
  var interest: Readiness = []
  /// Whether complete messages may wait in the decoder; nothing is read until they were handled.
  var hasFramesLeft = false
  /// Nobody reads any more: nothing is sent, and the connection ends when what the client said was handled.
  private(set) var isLost = false
  /// Answered to whatever comes first, before the connection is closed.
  let refusal: RPCError?
  var isInitialized = false
  var parseErrorsInARow = 0
  var pending: [RPCID: PendingRequest] = [:]
  var subscriptions: [String: Subscription] = [:]
  /// Builds whose life depends on this connection.
  var attached: Set<String> = []

  init(id: SessionID, socket: consuming UnixSocket, peer: PeerIdentity, refusal: RPCError?) {
    self.id = id
    self.socket = socket
    self.peer = peer
    self.refusal = refusal
  }

  /// Whether nothing is left to do for a client that will send no more.
  var isServed: Bool { pending.isEmpty && subscriptions.isEmpty && attached.isEmpty }

  func lose() {
    isLost = true
    output = SessionOutput()
  }

  /// Appends one message, framed as the client's own.
  func send(_ message: [UInt8], _ lane: SessionOutput.Lane = .control) {
    guard !isLost else { return }
    var frame: [UInt8] = []
    frame.reserveCapacity(message.count + 32)
    (decoder.framing ?? .line).encode(message, into: &frame)
    output.append(frame, to: lane)
  }
}
