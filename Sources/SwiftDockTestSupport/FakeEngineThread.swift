internal import Glibc
internal import Synchronization

/// A POSIX thread that can be waited for: of a connection, or of a test that does something during a blocking call.
package final class FakeEngineThread: Sendable {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Nil once joined.
  private let thread: Mutex<pthread_t?>

  package init(_ run: @escaping @Sendable () -> Void) throws(FakeEngineFailure) {
    let body = Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { raw in
        if let raw { Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run() }
        return nil
      }, body.toOpaque())
    guard error == 0 else {
      body.release()
      throw .system(call: "pthread_create", errno: error)
    }
    self.thread = Mutex(thread)
  }

  /// May be called again.
  package func join() {
    let thread = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let thread { pthread_join(thread, nil) }
  }
}
