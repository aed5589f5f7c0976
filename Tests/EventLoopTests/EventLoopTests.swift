import EventLoop
import Glibc
import Synchronization
import Testing

/// Runs a loop on a thread of its own until the body has finished.
private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
  let loop = try EventLoop()
  let ended = DispatchGate()
  #expect(
    startDetachedThread {
      loop.run(); ended.open()
    })
  defer {
    loop.stop()
    ended.wait()
  }
  try await body(loop)
}

/// Lets a thread wait for another's word.
private final class DispatchGate: Sendable {
  private let isOpen = Mutex(false)
  func open() { isOpen.withLock { $0 = true } }
  func wait() { while !isOpen.withLock({ $0 }) { sched_yield() } }
}

private actor OnLoop {
  let loop: EventLoop
  private(set) var values: [Int] = []
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ loop: EventLoop) { self.loop = loop }
  func add(_ value: Int) { values.append(value) }
}

/// Two ends of one connection; `theirs` can be closed before this value ends.
private struct SocketPair: ~Copyable {
  let mine: UnixSocket
  private var theirs: UnixSocket?

  init() throws {
    var pair: [Int32] = [-1, -1]
    // A program that another test starts meanwhile must not hold these open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    for fd in pair { _ = fcntl(fd, F_SETFL, O_NONBLOCK) }
    mine = UnixSocket(owning: pair[0])
    theirs = UnixSocket(owning: pair[1])
  }

  func theySend(_ bytes: ArraySlice<UInt8>) { _ = theirs?.send(bytes) }
  func theyEndOutput() { theirs?.endOutput() }
  mutating func theyClose() { theirs = nil }
}

/// One that an array can hold.
private final class SocketPairBox {
  let pair: SocketPair
  init() throws { pair = try SocketPair() }
}

/// What the loop reports first for the descriptor.
private func firstReadiness(
  _ loop: EventLoop, _ descriptor: Int32, _ interest: Readiness
) async throws -> Readiness {
  try await withCheckedThrowingContinuation { done in
    loop.post {
      do throws(SystemError) {
        try loop.watch(descriptor, for: interest) { readiness in
          loop.unwatch(descriptor)
          done.resume(returning: readiness)
        }
      } catch { done.resume(throwing: error) }
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
  @Test func runsPostedCallsInOrder() async throws {
    try await withLoop { loop in
      let seen = Mutex<[Int]>([])
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        for value in 0..<1000 { loop.post { seen.withLock { $0.append(value) } } }
        loop.post { done.resume() }
      }
      #expect(seen.withLock { $0 } == Array(0..<1000))
    }
  }

  @Test func isTheExecutorOfItsActors() async throws {
    try await withLoop { loop in
      let actor = OnLoop(loop)
      await actor.add(1)
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        loop.post {
          actor.assumeIsolated { $0.add(2) }
          done.resume()
        }
      }
      #expect(await actor.values == [1, 2])
    }
  }

  @Test func runsTimersInTheOrderTheyAreDue() async throws {
    try await withLoop { loop in
      let seen = Mutex<[Int]>([])
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        loop.post {
          loop.schedule(after: .milliseconds(30)) {
            seen.withLock { $0.append(3) }
            done.resume()
          }
          loop.schedule(after: .milliseconds(10)) { seen.withLock { $0.append(1) } }
          loop.schedule(after: .milliseconds(20)) { seen.withLock { $0.append(2) } }
          let cancelled = loop.schedule(after: .milliseconds(15)) { seen.withLock { $0.append(9) } }
          loop.cancel(cancelled)
        }
      }
      #expect(seen.withLock { $0 } == [1, 2, 3])
    }
  }

  @Test func wakesForATimerSetByAnotherThread() async throws {
    try await withLoop { loop in
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        loop.schedule(after: .milliseconds(1)) { done.resume() }
      }
    }
  }

  @Test func reportsReadableAndHangUp() async throws {
    try await withLoop { loop in
      var pair = try SocketPair()
      pair.theySend([1])
      #expect(try await firstReadiness(loop, pair.mine.descriptor, [.readable, .readEnd]).contains(.readable))
      pair.theyClose()
      #expect(try await firstReadiness(loop, pair.mine.descriptor, []).contains(.hangUp))
    }
  }

  @Test func groupIsToldOfAllThatAreReadyInOneCall() async throws {
    try await withLoop { loop in
      let first = try SocketPair()
      let second = try SocketPair()
      let silent = try SocketPair()
      first.theySend([1])
      second.theySend([1])
      let watched = [first.mine.descriptor, second.mine.descriptor, silent.mine.descriptor]
      let ready: [ReadyDescriptor] = try await withCheckedThrowingContinuation { done in
        let group = WatchGroup { ready in
          for descriptor in watched { loop.unwatch(descriptor) }
          done.resume(returning: ready)
        }
        loop.post {
          do throws(SystemError) {
            for descriptor in watched { try loop.watch(descriptor, for: .readable, in: group) }
          } catch { done.resume(throwing: error) }
        }
      }
      #expect(ready.map(\.descriptor) == [first.mine.descriptor, second.mine.descriptor])
      #expect(ready.allSatisfy { $0.readiness == .readable })
    }
  }

  /// Handlers of one descriptor are called in the order in which the descriptors were found ready, those of groups between
  /// them; and what one of them unwatches is not told of any more.
  @Test func groupsAndHandlersTakeTurns() async throws {
    try await withLoop { loop in
      let pairs = [try SocketPairBox(), try SocketPairBox(), try SocketPairBox(), try SocketPairBox()]
      for pair in pairs { pair.pair.theySend([1]) }
      let descriptors = pairs.map { $0.pair.mine.descriptor }
      let seen: [[Int32]] = try await withCheckedThrowingContinuation { done in
        let calls = Mutex<[[Int32]]>([])
        let group = WatchGroup { ready in
          calls.withLock { $0.append(ready.map(\.descriptor)) }
          for connection in ready { loop.unwatch(connection.descriptor) }
        }
        loop.post {
          do throws(SystemError) {
            try loop.watch(descriptors[0], for: .readable, in: group)
            try loop.watch(descriptors[1], for: .readable) { _ in
              calls.withLock { $0.append([descriptors[1]]) }
              loop.unwatch(descriptors[1])
              loop.unwatch(descriptors[2])
              loop.post { done.resume(returning: calls.withLock { $0 }) }
            }
            try loop.watch(descriptors[2], for: .readable, in: group)
            try loop.watch(descriptors[3], for: .readable, in: group)
          } catch { done.resume(throwing: error) }
        }
      }
      #expect(seen == [[descriptors[0]], [descriptors[1]], [descriptors[3]]])
    }
  }

  @Test func groupIsNotToldOfWhatAnotherGroupUnwatchedBefore() async throws {
    try await withLoop { loop in
      let pairs = [try SocketPairBox(), try SocketPairBox(), try SocketPairBox()]
      for pair in pairs { pair.pair.theySend([1]) }
      let descriptors = pairs.map { $0.pair.mine.descriptor }
      let seen: [[Int32]] = try await withCheckedThrowingContinuation { done in
        let calls = Mutex<[[Int32]]>([])
        let first = WatchGroup { ready in
          calls.withLock { $0.append(ready.map(\.descriptor)) }
          loop.unwatch(descriptors[0])
          loop.unwatch(descriptors[1])
        }
        let second = WatchGroup { ready in
          calls.withLock { $0.append(ready.map(\.descriptor)) }
          loop.unwatch(descriptors[2])
          done.resume(returning: calls.withLock { $0 })
        }
        loop.post {
          do throws(SystemError) {
            try loop.watch(descriptors[0], for: .readable, in: first)
            try loop.watch(descriptors[1], for: .readable, in: second)
            try loop.watch(descriptors[2], for: .readable, in: second)
          } catch { done.resume(throwing: error) }
        }
      }
      #expect(seen == [[descriptors[0]], [descriptors[2]]])
    }
  }

  @Test func aHalfClosedPeerIsNotGone() async throws {
    try await withLoop { loop in
      var pair = try SocketPair()
      pair.theyEndOutput()
      let seen = try await firstReadiness(loop, pair.mine.descriptor, [.readable, .readEnd])
      #expect(seen.contains(.readEnd))
      #expect(!seen.contains(.hangUp))
      #expect(pair.mine.send([1]) == .bytes(1))
      pair.theyClose()
      #expect(pair.mine.send([1]) == .failed(errno: EPIPE))
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerThreadsTests {
  @Test func runsEverythingOnNoMoreThreadsThanAllowed() async {
    let workers = WorkerThreads(limit: 3)
    let state = Mutex((now: 0, most: 0, done: 0))
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      for _ in 0..<200 {
        workers.run {
          state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
          }
          sched_yield()
          let isLast = state.withLock { (state) -> Bool in
            state.now -= 1
            state.done += 1
            return state.done == 200
          }
          if isLast { done.resume() }
        }
      }
    }
    #expect(state.withLock { $0.most } <= 3)
  }
}

@Suite struct UnixSocketTests {
  @Test func namesThePeerAndSetsTheModeFromTheStart() throws {
    var template = Array("/tmp/unix-socket-tests.XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
    let directory = String(cString: try #require(made))
    let path = directory + "/s"
    defer {
      unlink(path)
      rmdir(directory)
    }
    let listener = try UnixSocket.listening(at: path, mode: 0o600)
    var info = stat()
    #expect(stat(path, &info) == 0)
    #expect(info.st_mode & 0o777 == 0o600)
    let client = try UnixSocket.connected(to: path)
    let server = try listener.accept()
    #expect(try server.peer().uid == getuid())
    #expect(try server.peer().pid == UInt32(getpid()))
    _ = consume client
  }

  @Test func refusesAPathThatTheKernelCannotHold() {
    let path = "/tmp/" + String(repeating: "x", count: 120)
    #expect(throws: SystemError(call: "bind \(path)", code: ENAMETOOLONG)) {
      _ = try UnixSocket.listening(at: path, mode: 0o600)
    }
  }
}
