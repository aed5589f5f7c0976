internal import CLinux
internal import Glibc
internal import JSON
internal import Synchronization

/// What the threads of a `FakeEngine` share. Holds no reference to it, so that its end can stop them.
final class FakeEngineCore: Sendable {
  typealias Handler = @Sendable (FakeEngineExchange) throws -> Void

  struct State {
    var routes: [(route: FakeEngineRoute, handler: Handler)] = []
    var requests: [FakeEngineRequest] = []
    var failures: [String] = []
    var threads: [FakeEngineThread] = []
    var isFrozen = false
    var isStopped = false
  }

  let state = Mutex(State())
  /// Readable once stopped.
  let stopDescriptor: Int32
  private let listener: Int32

  /// - Parameter listener: takes connections, without blocking; closed with this object.
  init(listener: Int32) throws(FakeEngineFailure) {
    self.listener = listener
    stopDescriptor = cl_eventfd()
    guard stopDescriptor >= 0 else {
      let error = errno
      close(listener)
      throw .system(call: "eventfd", errno: error)
    }
  }

  deinit {
    close(listener)
    close(stopDescriptor)
  }

  func requests(_ route: String) -> [FakeEngineRequest] {
    let route = FakeEngineRoute(route)
    return state.withLock { $0.requests }.filter(route.matches)
  }

  func stop() {
    state.withLock { $0.isStopped = true }
    // Else the kernel would go on to take connections that nobody accepts.
    shutdown(listener, Int32(SHUT_RDWR))
    cl_eventfd_signal(stopDescriptor)
  }

  func joinConnections() {
    for thread in state.withLock({ $0.threads }) { thread.join() }
  }

  func acceptUntilStopped() {
    while (try? wait(for: listener, events: POLLIN)) != nil {
      let descriptor = cl_accept(listener)
      guard descriptor >= 0 else { continue }
      let thread = try? FakeEngineThread { [self] in serve(descriptor) }
      state.withLock { state in
        if let thread { state.threads.append(thread) } else { state.failures.append("no thread for a connection") }
      }
    }
  }

  /// Waits until one of `events` happened to `descriptor`, and while the Engine is frozen.
  /// - Throws: `stopped`, or `waitedTooLong` after `limit` milliseconds.
  func wait(for descriptor: Int32, events: Int32, limit: Int32 = -1) throws(FakeEngineFailure) {
    // A frozen Engine is looked at again after this time; no test waits for it to pass.
    let tick: Int32 = 20
    var waited: Int32 = 0
    while true {
      let isFrozen = state.withLock { $0.isFrozen }
      var entries = [
        pollfd(fd: isFrozen ? -1 : descriptor, events: Int16(events), revents: 0),
        pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&entries, 2, tick) >= 0 || errno == EINTR else { throw .system(call: "poll", errno: errno) }
      if entries[1].revents != 0 { throw .stopped }
      if entries[0].revents != 0 { return }
      waited += tick
      if limit >= 0, waited >= limit { throw .waitedTooLong }
    }
  }

  private func serve(_ descriptor: Int32) {
    let connection = FakeEngineConnection(descriptor, core: self)
    do throws(FakeEngineFailure) {
      guard let request = try connection.readRequest() else { return }
      let index = state.withLock { state in
        state.requests.append(request)
        return state.requests.count - 1
      }
      let exchange = FakeEngineExchange(request, at: index, connection: connection, core: self)
      let handler = state.withLock { state in state.routes.first { $0.route.matches(request) }?.handler }
      guard let handler else {
        try exchange.respond(status: 404, json: ["message": "page not found"])
        return
      }
      do { try handler(exchange) } catch let failure as FakeEngineFailure { throw failure } catch {
        state.withLock { $0.failures.append("\(request.method) \(request.path): \(error)") }
      }
    } catch {
      guard error != .disconnected, error != .stopped else { return }
      state.withLock { $0.failures.append("\(error)") }
    }
  }
}
