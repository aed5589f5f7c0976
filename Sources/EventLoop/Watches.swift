/// The handler of each watched descriptor, and the token by which epoll reports it.
///
/// A token holds a generation beside the descriptor's number, so that an event fetched before a descriptor was closed
/// never reaches the handler of a later one with the same number.
struct Watches {
  /// Has no descriptor's number: -1 in its lower half.
  static let wakeUpToken = UInt64.max

  private var entries: [Int32: (generation: UInt32, handler: EventLoop.Handler)] = [:]
  private var generation: UInt32 = 0

  mutating func add(_ fd: Int32, _ handler: @escaping EventLoop.Handler) -> UInt64 {
    generation &+= 1
    entries[fd] = (generation, handler)
    return Self.token(fd, generation)
  }

  /// False where it was not watched.
  @discardableResult
  mutating func remove(_ fd: Int32) -> Bool { entries.removeValue(forKey: fd) != nil }

  func token(of fd: Int32) -> UInt64? { entries[fd].map { Self.token(fd, $0.generation) } }

  func handler(of token: UInt64) -> EventLoop.Handler? {
    guard let entry = entries[Int32(truncatingIfNeeded: token)], entry.generation == UInt32(token >> 32) else {
      return nil
    }
    return entry.handler
  }

  private static func token(_ fd: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd))
  }
}
