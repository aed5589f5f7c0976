internal import JSON
internal import JSONRPC

/// What is to be sent on one connection: whole messages in two lanes, of which the control lane goes first.
///
/// The data lane keeps its own order. A message that was begun is ended before any other.
struct SessionOutput {
  enum Lane {
    /// Answers: never held back by log data.
    case control
    /// Log data, and whatever has to come after it.
    case data
  }

  /// Bytes of the control lane above which a session is not read from.
  static let controlLimit = 256 << 10
  /// The same for the data lane: more than log data alone ever fills it to, so that only a client which does not take
  /// the answers that come behind log data is held back.
  static let heldDataLimit = 1 << 20
  /// Storage that is kept for the next answers.
  private static let keptCapacity = 4 << 10

  /// Being sent, from `sent` on.
  private var current = OutputFrame(head: [])
  private var sent = 0
  /// Whole answers, to be sent as one.
  private var control: [UInt8] = []
  private var data = FrameQueue()

  var isEmpty: Bool { sent == current.count && control.isEmpty && data.isEmpty }
  var isOverfull: Bool { control.count > Self.controlLimit || dataBytes > Self.heldDataLimit }
  /// Of the data lane, without what is being sent.
  var dataBytes: Int { data.bytes }
  var bytes: Int { current.count - sent + control.count + data.bytes }

  /// To the control lane.
  mutating func appendAnswer(_ message: [UInt8], framing: Framing) { framing.encode(message, into: &control) }

  /// As above, for an answer that is written where it is sent from.
  /// - Parameter write: writes one JSON value.
  /// - Returns: false where it has more bytes than `limit`; then nothing is appended.
  mutating func appendAnswer(framing: Framing, limit: Int, _ write: (inout JSONWriter) -> Void) -> Bool {
    let start = control.count
    var buffer: [UInt8] = []
    swap(&buffer, &control)
    var writer = JSONWriter(appendingTo: consume buffer)
    write(&writer)
    control = (consume writer).finish()
    let count = control.count - start
    guard count <= limit else {
      control.removeSubrange(start...)
      return false
    }
    framing.frame(from: start, in: &control)
    return true
  }

  mutating func append(_ frame: OutputFrame, to lane: Lane) {
    switch lane {
    case .control:
      control += frame.head
      control += frame.shared
      control += frame.tail
    case .data: data.append(frame)
    }
  }

  /// How many bytes are to be handed to sendmsg(2) next; nil when there are none. `withNext` shows them, and `didSend`
  /// says how many of them went.
  mutating func next() -> Int? {
    if sent == current.count {
      sent = 0
      if !control.isEmpty {
        // The two buffers change places, so that a client who asks on and on costs no allocation.
        current.head.removeAll(keepingCapacity: current.head.count <= Self.keptCapacity)
        swap(&current.head, &control)
        current.shared = []
        current.tail = []
      } else if let frame = data.takeFirst() {
        current = frame
      } else {
        if current.count > Self.keptCapacity { current = OutputFrame(head: []) }
        sent = current.count
        return nil
      }
    }
    return current.count - sent
  }

  /// Changes nothing: `mutating`, so that the bytes need not be kept alive by references of their own.
  mutating func withNext<Result>(
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result
  ) -> Result {
    current.withPieces(from: sent, body)
  }

  mutating func didSend(_ count: Int) { sent += count }
}

/// Messages in order, with their bytes counted.
private struct FrameQueue {
  private var frames: [OutputFrame] = []
  private var first = 0
  private(set) var bytes = 0

  var isEmpty: Bool { first == frames.count }

  mutating func append(_ frame: OutputFrame) {
    frames.append(frame)
    bytes += frame.count
  }

  mutating func takeFirst() -> OutputFrame? {
    guard !isEmpty else { return nil }
    let frame = frames[first]
    frames[first] = OutputFrame(head: [])
    first += 1
    bytes -= frame.count
    if first == frames.count {
      frames.removeAll(keepingCapacity: frames.count <= 16)
      first = 0
    } else if first >= 64, first * 2 > frames.count {
      frames.removeSubrange(..<first)
      first = 0
    }
    return frame
  }
}
