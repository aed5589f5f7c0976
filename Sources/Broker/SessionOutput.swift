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

  /// Bytes of the data lane above which a session takes no more log data until some was sent.
  static let dataLimit = 256 << 10
  /// Bytes of the control lane above which a session is not read from.
  static let controlLimit = 256 << 10
  /// The same for the data lane: more than log data alone ever fills it to, so that only a client which does not take
  /// the answers that come behind log data is held back.
  static let heldDataLimit = 1 << 20

  /// Being sent, from `sent` on.
  private var current: [UInt8] = []
  private var sent = 0
  private var control = ByteQueue()
  private var data = ByteQueue()

  var isEmpty: Bool { sent == current.count && control.isEmpty && data.isEmpty }
  var takesData: Bool { data.bytes < Self.dataLimit }
  var isOverfull: Bool { control.bytes > Self.controlLimit || data.bytes > Self.heldDataLimit }
  var bytes: Int { current.count - sent + control.bytes + data.bytes }

  mutating func append(_ message: [UInt8], to lane: Lane) {
    switch lane {
    case .control: control.append(message)
    case .data: data.append(message)
    }
  }

  /// What to hand to send(2) next; empty when there is nothing. `didSend` says how much of it went.
  mutating func next() -> ArraySlice<UInt8> {
    if sent == current.count {
      sent = 0
      current = control.takeAll() ?? data.takeFirst() ?? []
    }
    return current[sent...]
  }

  mutating func didSend(_ count: Int) { sent += count }
}

/// Messages in order, with their bytes counted.
private struct ByteQueue {
  private var messages: [[UInt8]] = []
  private var first = 0
  private(set) var bytes = 0

  var isEmpty: Bool { first == messages.count }

  mutating func append(_ message: [UInt8]) {
    messages.append(message)
    bytes += message.count
  }

  mutating func takeFirst() -> [UInt8]? {
    guard !isEmpty else { return nil }
    let message = messages[first]
    messages[first] = []
    first += 1
    bytes -= message.count
    if first == messages.count {
      messages.removeAll(keepingCapacity: true)
      first = 0
    } else if first >= 64, first * 2 > messages.count {
      messages.removeSubrange(..<first)
      first = 0
    }
    return message
  }

  /// All of them as one, for one system call.
  mutating func takeAll() -> [UInt8]? {
    guard let head = takeFirst() else { return nil }
    var all = head
    while let next = takeFirst() { all += next }
    return all
  }
}
