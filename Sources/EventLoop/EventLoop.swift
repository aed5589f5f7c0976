internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits for descriptors, timers and posted work, and runs the jobs of every actor that names it as
/// its executor.
///
/// An actor on the loop handles an event by a plain call (`assumeIsolated`), without a task for each. All handlers
/// run one after the other on the thread inside `run()`, so what they touch needs no lock, and none may block.
///
/// Ownership: the loop never closes a descriptor; `unwatch` it before closing.
package final class EventLoop: SerialExecutor {
  /// Gets the `Readiness` that was seen.
  package typealias Handler = @Sendable (Readiness) -> Void

  private enum Work {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
  }

  private struct Inbox {
    var work: [Work] = []
    /// Whether the thread is, or is about to be, in `epoll_wait` and needs the wake-up.
    var isAsleep = false
  }

  private let inbox = Mutex(Inbox())
  private let watches = Mutex(Watches())
  private let timers = Mutex(TimerQueue())
  private let isStopping = Atomic<Bool>(false)
  private let owner = Atomic<UInt>(0)
  private let epoll: Int32
  private let wakeUp: Int32

  /// - Throws: the errno of `epoll_create1(2)` or `eventfd(2)`: the process has no descriptors left.
  package init() throws(SystemError) {
    epoll = cl_epoll_create()
    guard epoll >= 0 else { throw SystemError(call: "epoll_create1", code: errno) }
    wakeUp = cl_eventfd()
    guard wakeUp >= 0 else {
      let error = SystemError(call: "eventfd", code: errno)
      close(epoll)
      throw error
    }
    guard cl_epoll_add(epoll, wakeUp, UInt32(CL_READABLE), Watches.wakeUpToken) == 0 else {
      let error = SystemError(call: "epoll_ctl", code: errno)
      close(wakeUp)
      close(epoll)
      throw error
    }
  }

  deinit {
    close(wakeUp)
    close(epoll)
  }

  // MARK: From any thread

  package func enqueue(_ job: consuming ExecutorJob) { push(.job(UnownedJob(job))) }

  /// Runs `call` on the loop, after everything that was posted before it.
  package func post(_ call: @escaping @Sendable () -> Void) { push(.call(call)) }

  /// Makes `run()` return once the handlers that are due have run.
  package func stop() {
    isStopping.store(true, ordering: .relaxed)
    push(.call({}))
  }

  package func checkIsolated() { precondition(isOnLoop, "not on the event loop's thread") }
  package func isIsolatingCurrentContext() -> Bool? { isOnLoop }

  private var isOnLoop: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

  private func push(_ work: Work) {
    let mustWake = inbox.withLock { inbox in
      inbox.work.append(work)
      defer { inbox.isAsleep = false }
      return inbox.isAsleep
    }
    if mustWake { cl_eventfd_signal(wakeUp) }
  }

  // MARK: Descriptors

  /// Calls `handler` whenever `fd` is ready for `interest`, or has hung up or failed, until `unwatch`.
  ///
  /// - Throws: the errno of `epoll_ctl(2)`.
  package func watch(_ fd: Int32, for interest: Readiness, _ handler: @escaping Handler) throws(SystemError) {
    try watch(fd, for: interest, .handler(handler))
  }

  /// As above, with the handler of a group.
  package func watch(_ fd: Int32, for interest: Readiness, in group: WatchGroup) throws(SystemError) {
    try watch(fd, for: interest, .group(group))
  }

  private func watch(_ fd: Int32, for interest: Readiness, _ watcher: Watches.Watcher) throws(SystemError) {
    let token = watches.withLock { $0.add(fd, watcher) }
    guard cl_epoll_add(epoll, fd, interest.rawValue, token) == 0 else {
      let error = SystemError(call: "epoll_ctl", code: errno)
      _ = watches.withLock { $0.remove(fd) }
      throw error
    }
  }

  /// Changes what a watched descriptor is watched for; others are left alone.
  package func change(_ fd: Int32, to interest: Readiness) {
    guard let token = watches.withLock({ $0.token(of: fd) }) else { return }
    // Fails only for a descriptor that is not watched, which the line above excludes.
    _ = cl_epoll_modify(epoll, fd, interest.rawValue, token)
  }

  /// After this returns on the loop's thread, the handler is not called again, even for events already fetched; that of
  /// a group finishes the call that it is in.
  package func unwatch(_ fd: Int32) {
    guard watches.withLock({ $0.remove(fd) }) else { return }
    _ = cl_epoll_remove(epoll, fd)
  }

  // MARK: Timers

  /// Runs `call` on the loop once, not before `delay` has passed.
  @discardableResult
  package func schedule(after delay: Duration, _ call: @escaping @Sendable () -> Void) -> TimerID {
    let due = ContinuousClock.now.advanced(by: delay)
    let (id, isFirst) = timers.withLock { $0.add(due: due, call) }
    if isFirst, !isOnLoop { post({}) }
    return id
  }

  /// A timer that has run already, or was cancelled, is ignored.
  package func cancel(_ timer: TimerID) { timers.withLock { $0.remove(timer) } }

  // MARK: The thread

  /// Serves until `stop()`. The calling thread is the loop's thread from then on.
  package func run() {
    owner.store(UInt(pthread_self()), ordering: .relaxed)
    var events = [cl_event](repeating: cl_event(), count: 256)
    var ready: [ReadyDescriptor] = []
    while true {
      drainInbox()
      runTimers()
      if isStopping.load(ordering: .relaxed) { return }
      let isIdle = inbox.withLock { inbox in
        inbox.isAsleep = inbox.work.isEmpty
        return inbox.isAsleep
      }
      let count = cl_epoll_wait(epoll, &events, Int32(events.count), isIdle ? timeout() : 0)
      if isIdle { inbox.withLock { $0.isAsleep = false } }
      dispatch(events.prefix(max(0, Int(count))), &ready)
    }
  }

  /// - Parameter ready: empty, and empty again afterwards.
  private func dispatch(_ events: ArraySlice<cl_event>, _ ready: inout [ReadyDescriptor]) {
    if events.contains(where: { $0.data == Watches.wakeUpToken }) { cl_eventfd_drain(wakeUp) }
    var rest = events
    while let event = rest.first {
      // Looked for when those before were called, which may have ended this watch.
      switch watches.withLock({ $0.watcher(of: event.data) }) {
      case .group(let group):
        rest = watches.withLock { $0.take(rest, of: group, into: &ready) }
        // None where another thread has ended the watch meanwhile.
        if ready.isEmpty { continue }
        group.handler(ready)
        ready.removeAll(keepingCapacity: true)
      case .handler(let handler):
        rest.removeFirst()
        handler(Readiness(rawValue: event.events))
      case nil: rest.removeFirst()
      }
    }
  }

  /// Runs what was pushed before. What that pushes comes after another look at the descriptors, so that jobs which make
  /// jobs cannot starve them.
  private func drainInbox() {
    let batch = inbox.withLock { inbox in
      defer { inbox.work = [] }
      return inbox.work
    }
    for work in batch {
      switch work {
      case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
      case .call(let call): call()
      }
    }
  }

  private func runTimers() {
    guard timers.withLock({ $0.firstDue }) != nil else { return }
    let now = ContinuousClock.now
    while let call = timers.withLock({ $0.next(due: now) }) { call() }
  }

  /// Milliseconds until the first timer, rounded up; -1 without one.
  private func timeout() -> Int32 {
    guard let due = timers.withLock({ $0.firstDue }) else { return -1 }
    let (seconds, attoseconds) = (due - ContinuousClock.now).components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    guard !milliseconds.overflow else { return .max }
    return Int32(clamping: max(0, milliseconds.partialValue + attoseconds / 1_000_000_000_000_000 + 1))
  }
}
