internal import CLinux
internal import Glibc
internal import Synchronization

/// Plain threads for work that blocks: walking and hashing trees, talking to the Engine, writing spools.
///
/// Signals are blocked in them where the thread that starts the first one has blocked them.
package final class WorkerThreads: Sendable {
  private struct State {
    var queue: [@Sendable () -> Void] = []
    var idle = 0
    var threads = 0
  }

  private let limit: Int
  private let stackSize: Int
  private let state = Mutex(State())
  private let ready: Semaphore

  /// - Parameters:
  ///   - limit: threads at most; each is made when work waits and none is idle, and then stays.
  ///   - stackSize: bytes.
  package init(limit: Int, stackSize: Int = 1 << 20) {
    self.limit = limit
    self.stackSize = stackSize
    ready = Semaphore()
  }

  /// Runs `work` on one of the threads, in the order of the calls as far as there are threads. The queue is as long
  /// as the caller makes it.
  package func run(_ work: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state in
      state.queue.append(work)
      guard state.queue.count > state.idle, state.threads < limit else { return false }
      state.threads += 1
      return true
    }
    if needsThread, !startThread() {
      // Without a new thread the work waits for one of the others; without any other it can only be done here.
      let mustRunHere = state.withLock { state in
        state.threads -= 1
        return state.threads == 0 ? state.queue.removeFirst() : nil
      }
      if let mustRunHere { return mustRunHere() }
    }
    ready.signal()
  }

  private func startThread() -> Bool {
    startDetachedThread(stackSize: stackSize) { [self] in
      while true {
        state.withLock { $0.idle += 1 }
        ready.wait()
        let work = state.withLock { state in
          state.idle -= 1
          return state.queue.isEmpty ? nil : state.queue.removeFirst()
        }
        work?()
      }
    }
  }
}

/// A counting semaphore, sem_init(3).
private final class Semaphore: Sendable {
  /// Safe to share: sem_wait and sem_post are made to be called from any thread, and it lives as long as this object.
  private nonisolated(unsafe) let handle: UnsafeMutablePointer<sem_t>

  init() {
    handle = .allocate(capacity: 1)
    sem_init(handle, 0, 0)
  }

  deinit {
    sem_destroy(handle)
    handle.deallocate()
  }

  func signal() { sem_post(handle) }
  func wait() { while sem_wait(handle) != 0 {} }
}

/// Starts a thread that runs `body` and ends; false where the system has no thread to give (pthread_create(3)).
package func startDetachedThread(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) -> Bool {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var attributes = pthread_attr_t()
  guard pthread_attr_init(&attributes) == 0 else { return false }
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, stackSize)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let box = Unmanaged.passRetained(Box(body))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, box.toOpaque())
  if status != 0 { box.release() }
  return status == 0
}
