/// Names a timer, for cancelling it.
package struct TimerID: Hashable, Sendable {
  fileprivate let number: UInt64
}

/// Calls in the order they are due; equal times in the order they were added.
struct TimerQueue {
  private struct Entry {
    let due: ContinuousClock.Instant
    let id: TimerID
    let call: @Sendable () -> Void
  }

  /// Sorted, the next one last.
  private var entries: [Entry] = []
  private var lastNumber: UInt64 = 0

  var firstDue: ContinuousClock.Instant? { entries.last?.due }

  /// `isFirst` where the new one is due before all others.
  mutating func add(
    due: ContinuousClock.Instant, _ call: @escaping @Sendable () -> Void
  ) -> (id: TimerID, isFirst: Bool) {
    lastNumber += 1
    let id = TimerID(number: lastNumber)
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].due > due { low = middle + 1 } else { high = middle }
    }
    entries.insert(Entry(due: due, id: id, call: call), at: low)
    return (id, low == entries.count - 1)
  }

  mutating func remove(_ id: TimerID) { entries.removeAll { $0.id == id } }

  /// Removes and returns the first call that is due.
  mutating func next(due now: ContinuousClock.Instant) -> (@Sendable () -> Void)? {
    guard let last = entries.last, last.due <= now else { return nil }
    entries.removeLast()
    return last.call
  }
}
