package import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol
internal import Synchronization

/// Where the Engine is to be found.
package struct EngineSource: Sendable {
  /// Why there is no Engine to connect to, as a sentence and what to do about it.
  package struct Failure: Error, Equatable {
    package let message: String
    package let hint: String?

    package init(message: String, hint: String?) {
      self.message = message
      self.hint = hint
    }
  }

  /// As it is shown: `unix:///var/run/docker.sock`, `private`.
  package let endpoint: String
  /// The path of the Engine's socket, for a new connection; where the Engine is the broker's own, it runs when this
  /// returns. Blocks; called from several threads.
  package let locate: @Sendable () throws(Failure) -> String
  package let timeouts: EngineTimeouts

  package init(
    endpoint: String, timeouts: EngineTimeouts = EngineTimeouts(),
    locate: @escaping @Sendable () throws(Failure) -> String
  ) {
    self.endpoint = endpoint
    self.locate = locate
    self.timeouts = timeouts
  }
}

/// Knows whether there is an Engine, and which: negotiates on every connect, notices its end, and looks for it again.
///
/// While the Engine is up, one connection rests on it (`/events`), whose end is the sign that it has gone. While it is
/// down, it is looked for every few seconds, and at once by every build that needs it. That an Engine has stopped, or
/// that another listens in its place, shows on no resting connection: those tell who find out.
final class EngineLink: Sendable {
  /// Most containers that are remembered: more than builds run in one broker.
  private static let containerLimit = 256
  /// An Engine without events ends their stream sooner.
  private static let shortestRest = Duration.seconds(1)
  /// An Engine that is there answers a ping within this time.
  private static let promptly = Duration.milliseconds(250)

  private struct State {
    var phase = EngineState.State.connecting
    var client: EngineClient?
    var builder = SwiftDockProtocol.Builder.buildkit
    var lastError: RPCError?
    var sinceMs = wallClockMs()
    /// How often an Engine was seen to end.
    var ends = 0
    /// Containers of lost builds, to be removed when the Engine is back.
    var leftContainers: [(id: String, start: BuildStart)] = []
    /// Fired when the watching thread has to look again.
    var doubt: Interrupt?
    /// Fired to end the thread.
    var ending: Interrupt?
    var isStopped = false
    var onChange: @Sendable () -> Void = {}
  }

  private let source: EngineSource
  private let journal: Journal
  private let current = Mutex(State())

  init(source: EngineSource, journal: Journal) {
    self.source = source
    self.journal = journal
  }

  /// As clients see it.
  var state: EngineState {
    current.withLock { state in
      EngineState(
        state: state.phase, endpoint: source.endpoint, version: state.client?.identity.serverVersion,
        apiVersion: state.client.map { "\($0.identity.apiVersion)" }, builder: state.builder,
        lastError: state.lastError, sinceMs: state.sinceMs)
    }
  }

  /// - Parameter onChange: called on any thread whenever the Engine came up or went down.
  func start(onChange: @escaping @Sendable () -> Void) {
    current.withLock { $0.onChange = onChange }
    guard startDetachedThread({ [self] in watch() }) else {
      // Without the thread the Engine is looked for when a build needs it, and only then.
      return journal.write(.error, "no thread to watch the engine")
    }
  }

  func stop() {
    let interrupts = current.withLock { state in
      state.isStopped = true
      return [state.ending, state.doubt]
    }
    for interrupt in interrupts { interrupt?.fire() }
  }

  /// The Engine, connected to now where it was not known to be up. Blocks for some seconds at most; longer while an
  /// Engine of the broker's own starts.
  func connect(interrupt: Interrupt?) throws(RPCError) -> EngineClient {
    if let client = present { return client }
    // What comes of it is news to the watching thread, too.
    defer { current.withLock { $0.doubt }?.fire() }
    return try find(interrupt: interrupt)
  }

  /// Somebody has lost the Engine in the middle of something: whether it is there is found out anew.
  func doubt() {
    guard current.withLock({ $0.phase == .up }) else { return }
    set(.connecting, nil, nil)
    current.withLock { $0.doubt }?.fire()
  }

  /// Has containers removed that a lost build may have left behind, once the Engine is there.
  func leave(_ containers: [String], ofBuildSince start: BuildStart) { leave(containers.map { ($0, start) }) }

  private func leave(_ containers: [(id: String, start: BuildStart)]) {
    current.withLock { state in
      state.leftContainers = (state.leftContainers + containers).suffix(Self.containerLimit)
    }
  }

  /// Tells of the Engine that is there now whether it was seen to end since, also where another answers at its socket.
  var endOfPresent: @Sendable () -> Bool {
    let before = current.withLock { $0.ends }
    return { [self] in current.withLock { $0.ends } != before }
  }

  private var present: EngineClient? {
    guard let client = current.withLock({ $0.phase == .up ? $0.client : nil }), !client.isReplaced else { return nil }
    return client
  }

  private func find(interrupt: Interrupt?) throws(RPCError) -> EngineClient {
    do throws(RPCError) {
      let client = try negotiate(interrupt: interrupt)
      set(.up, client, nil)
      return client
    } catch {
      // Neither a caller who went away nor a shortage of the broker's says anything about the Engine.
      if interrupt?.isFired != true, !error.isKind(.internalError) { set(.down, nil, error) }
      throw error
    }
  }

  private func negotiate(interrupt: Interrupt?) throws(RPCError) -> EngineClient {
    let path: String
    do throws(EngineSource.Failure) { path = try source.locate() } catch {
      throw RPCError(
        .engineUnavailable, error.message, hint: error.hint, detail: ["endpoint": .string(source.endpoint)])
    }
    do throws(EngineError) {
      return try EngineClient.negotiate(socketPath: path, timeouts: source.timeouts, interrupt: interrupt)
    } catch {
      guard error == .lost else { throw RPCError(error, endpoint: source.endpoint) }
      // Nothing was asked of it yet that could be lost.
      throw RPCError(
        .engineUnavailable, "What listens at \(source.endpoint) ends connections without an answer.",
        hint: "See whether the Engine is starting or ending.", detail: ["endpoint": .string(source.endpoint)])
    }
  }

  // MARK: Watching

  private func watch() {
    var search = EngineSearch()
    do throws(EngineError) {
      let ending = try Interrupt()
      guard keep(ending, as: \.ending) else { return }
      while !ending.isFired {
        let doubt: Interrupt
        do throws(EngineError) { doubt = try Interrupt() } catch {
          // Descriptors come back.
          journal.write(.error, "cannot watch the engine", ["error": "\(error)"])
          try ending.pause(EngineSearch.longestPause)
          continue
        }
        guard keep(doubt, as: \.doubt) else { return }
        let event = look(doubt)
        guard !ending.isFired else { return }
        let pause = search.pause(after: event)
        // A doubt ends the pause, too.
        do throws(EngineError) { try doubt.pause(pause) } catch { continue }
      }
    } catch {
      guard error != .interrupted else { return }
      journal.write(.error, "cannot watch the engine", ["error": "\(error)"])
    }
  }

  /// Stays with the Engine until it ends or is doubted.
  private func look(_ doubt: Interrupt) -> EngineSearch.Event {
    let client: EngineClient
    do throws(RPCError) {
      if let present { client = present } else { client = try find(interrupt: doubt) }
    } catch {
      return doubt.isFired ? .doubted : .missed
    }
    cleanUp(client, doubt)
    let start = SuspendingClock.now
    do throws(EngineError) { try client.followToTheEnd(interrupt: doubt) } catch {
      guard error != .interrupted else { return .doubted }
      let lasted = SuspendingClock.now - start
      // Also where another answers at once: what the first one says from now on of its steps is not to be believed.
      if lasted >= Self.shortestRest { current.withLock { $0.ends += 1 } }
      guard !isStillThere(client, doubt) else { return .ended(after: lasted) }
      set(.down, nil, RPCError(error, endpoint: source.endpoint), of: client)
      return .ended(after: lasted)
    }
  }

  /// A proxy may end a connection that rests, and Podman may be told to keep no events: there is an Engine all the same.
  private func isStillThere(_ client: EngineClient, _ doubt: Interrupt) -> Bool {
    do throws(EngineError) { _ = try client.ping(within: Self.promptly, interrupt: doubt) } catch {
      guard case .refused = error else { return false }
    }
    guard !client.isReplaced else { return false }
    // It may be another one, which a proxy leads to by now.
    do throws(RPCError) { _ = try find(interrupt: doubt) } catch { return false }
    return true
  }

  private func cleanUp(_ client: EngineClient, _ doubt: Interrupt) {
    let containers = current.withLock { state in
      defer { state.leftContainers = [] }
      return state.leftContainers
    }
    for (index, container) in containers.enumerated() {
      do throws(EngineError) {
        try client.removeContainer(container.id, ofBuildSince: container.start, interrupt: doubt)
      } catch {
        // The Engine may be removing it.
        if case .refused = error { continue }
        leave(Array(containers[index...]))
        return
      }
    }
  }

  /// False once the link was stopped.
  private func keep(_ interrupt: Interrupt, as place: WritableKeyPath<State, Interrupt?>) -> Bool {
    current.withLock { state in
      state[keyPath: place] = interrupt
      return !state.isStopped
    }
  }

  /// - Parameter ended: the Engine that is down; another may have been found already.
  private func set(
    _ phase: EngineState.State, _ client: EngineClient?, _ error: RPCError?, of ended: EngineClient? = nil
  ) {
    let onChange: (@Sendable () -> Void)? = current.withLock { state in
      if let ended, let now = state.client, !now.isSameSocket(as: ended) { return nil }
      let isNew = state.phase != phase || state.client?.identity != client?.identity && client != nil
      // The identity of an Engine that went away is still what the next one is compared with by those who look.
      if let client {
        state.client = client
        state.builder = client.identity.automaticBuilder.builder == .buildKit ? .buildkit : .classic
      }
      state.lastError = error
      state.phase = phase
      if isNew { state.sinceMs = wallClockMs() }
      return isNew ? state.onChange : nil
    }
    onChange?()
  }
}
