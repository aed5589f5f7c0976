internal import Glibc

/// A thread that has ended when this object is let go of, at the latest. It has the credentials of the one that makes it.
final class JoinedThread {
  private static let stackSize = 256 << 10

  private let thread: pthread_t
  private var hasEnded = false

  /// nil where the system has no thread to give.
  init?(_ body: @escaping @Sendable () -> Void) {
    let job = Unmanaged.passRetained(Job(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackSize)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, job.toOpaque())
    guard status == 0 else {
      job.release()
      return nil
    }
    self.thread = thread
  }

  deinit { join() }

  /// Waits until it has ended.
  func join() {
    guard !hasEnded else { return }
    hasEnded = true
    pthread_join(thread, nil)
  }

  private final class Job: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
