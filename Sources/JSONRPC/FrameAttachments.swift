/// Decides which message things belong to that arrive beside the bytes of a stream, as descriptors do on a Unix socket:
/// to the one that holds the last byte of the read that brought them (Protocol/README.md, "Descriptors").
///
/// That is the message they were sent with, since the system ends a read after the bytes that descriptors were sent
/// with; the bytes before them in that read may be those of earlier messages. Positions count the bytes of the stream.
package struct FrameAttachments<Item> {
  /// What belongs to one message.
  package struct Taken {
    package var items: [Item] = []
    /// Whether more came than `limit`, or than could be received.
    package var isIncomplete = false

    package init() {}
  }

  private struct Arrival {
    let lastByte: Int
    var items: [Item]
    let isIncomplete: Bool
  }

  /// Of one message.
  private let limit: Int
  private var arrivals: [Arrival] = []

  package init(limit: Int) { self.limit = limit }

  package var isEmpty: Bool { arrivals.isEmpty }
  package var count: Int { arrivals.reduce(0) { $0 + $1.items.count } }

  /// A read brought items together with bytes, the last of which is the one before `end`.
  package mutating func arrived(_ items: [Item], isIncomplete: Bool = false, before end: Int) {
    guard !items.isEmpty || isIncomplete else { return }
    arrivals.append(Arrival(lastByte: end - 1, items: items, isIncomplete: isIncomplete))
  }

  /// The items of the message in `frame`, in the order they came. Those of bytes before it are let go of.
  package mutating func take(_ frame: Range<Int>) -> Taken {
    var taken = Taken()
    guard !arrivals.isEmpty else { return taken }
    for arrival in arrivals where frame.contains(arrival.lastByte) {
      let room = limit - taken.items.count
      taken.items += arrival.items.prefix(room)
      taken.isIncomplete = taken.isIncomplete || arrival.isIncomplete || arrival.items.count > room
    }
    arrivals.removeAll { $0.lastByte < frame.upperBound }
    return taken
  }

  /// Every message before `start` was taken: keeps what belongs to the unfinished one, `limit` items of it at most.
  package mutating func keep(from start: Int) {
    guard !arrivals.isEmpty else { return }
    let taken = take(start..<Int.max)
    arrivals = []
    arrived(taken.items, isIncomplete: taken.isIncomplete, before: start + 1)
  }
}
