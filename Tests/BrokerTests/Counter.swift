import Synchronization

/// Counts on several threads.
final class Counter: Sendable {
  private let count = Atomic(0)
  /// 1 for the first.
  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
  var value: Int { count.load(ordering: .relaxed) }
}
