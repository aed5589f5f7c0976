internal import Glibc

/// A state that threads use in turn, and whose changes they wait for.
final class Monitor<State: Sendable>: Sendable {
  // SAFETY: used between `pthread_mutex_lock` and `pthread_mutex_unlock` of `mutex` only.
  private nonisolated(unsafe) var state: State
  // SAFETY: made for use by many threads, and freed when none has this object any more.
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private nonisolated(unsafe) let hasChanged: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: State) {
    self.state = state
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    hasChanged = .allocate(capacity: 1)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(hasChanged, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(hasChanged)
    pthread_mutex_destroy(mutex)
    hasChanged.deallocate()
    mutex.deallocate()
  }

  /// To look at the state, or to change what nobody waits for.
  func withState<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  /// As above, for a change that others wait for.
  func change<Result>(_ body: (inout State) -> Result) -> Result {
    withState { state in
      defer { pthread_cond_broadcast(hasChanged) }
      return body(&state)
    }
  }

  /// Waits until `take` finds what it looks for.
  func wait<Result>(_ take: (inout State) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    // No access to the state may last while it waits, as others use it then.
    while true {
      if let result = take(&state) { return result }
      pthread_cond_wait(hasChanged, mutex)
    }
  }

  /// Waits for one change, but no longer than `milliseconds`, which are less than 1,000, if `isToWait`.
  func waitOnce(atMost milliseconds: Int, if isToWait: (State) -> Bool) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard isToWait(state) else { return }
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    end.tv_nsec += milliseconds * 1_000_000
    if end.tv_nsec >= 1_000_000_000 {
      end.tv_nsec -= 1_000_000_000
      end.tv_sec += 1
    }
    pthread_cond_timedwait(hasChanged, mutex, &end)
  }
}
