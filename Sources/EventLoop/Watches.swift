internal import CLinux

/// Who is told of each watched descriptor, and the token by which epoll reports it.
///
/// A token holds a generation beside the descriptor's number, so that an event fetched before a descriptor was closed
/// never reaches the handler of a later one with the same number.
struct Watches {
  /// Has no descriptor's number: -1 in its lower half.
  static let wakeUpToken = UInt64.max

  enum Watcher {
    case handler(EventLoop.Handler)
    case group(WatchGroup)
  }

  private struct Entry {
    let generation: UInt32
    let watcher: Watcher
  }

  /// By descriptor: the system gives out the least number that is free, so that few places are empty.
  private var entries: [Entry?] = []
  private var generation: UInt32 = 0

  mutating func add(_ fd: Int32, _ watcher: Watcher) -> UInt64 {
    generation &+= 1
    let place = Int(fd)
    if place >= entries.count { entries += repeatElement(nil, count: place + 1 - entries.count) }
    entries[place] = Entry(generation: generation, watcher: watcher)
    return Self.token(fd, generation)
  }

  /// False where it was not watched.
  @discardableResult
  mutating func remove(_ fd: Int32) -> Bool {
    guard entry(of: fd) != nil else { return false }
    entries[Int(fd)] = nil
    return true
  }

  func token(of fd: Int32) -> UInt64? { entry(of: fd).map { Self.token(fd, $0.generation) } }

  func watcher(of token: UInt64) -> Watcher? {
    guard let entry = entry(of: Self.descriptor(token)), entry.generation == UInt32(token >> 32) else { return nil }
    return entry.watcher
  }

  /// Appends the events that lie before the first which is another watcher's, or of a watch that has ended; wake-ups are
  /// passed over.
  /// - Returns: those that are left.
  func take(
    _ events: ArraySlice<cl_event>, of group: WatchGroup, into ready: inout [ReadyDescriptor]
  ) -> ArraySlice<cl_event> {
    for (index, event) in zip(events.indices, events) where event.data != Self.wakeUpToken {
      guard let entry = entry(of: Self.descriptor(event.data)), entry.generation == UInt32(event.data >> 32),
        case .group(let other) = entry.watcher, other === group
      else { return events[index...] }
      ready.append(
        ReadyDescriptor(descriptor: Self.descriptor(event.data), readiness: Readiness(rawValue: event.events)))
    }
    return []
  }

  static func descriptor(_ token: UInt64) -> Int32 { Int32(truncatingIfNeeded: token) }

  private func entry(of fd: Int32) -> Entry? {
    let place = Int(fd)
    return entries.indices.contains(place) ? entries[place] : nil
  }

  private static func token(_ fd: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd))
  }
}
