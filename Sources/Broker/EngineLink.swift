internal import DockerEngine
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

  package init(endpoint: String, locate: @escaping @Sendable () throws(Failure) -> String) {
    self.endpoint = endpoint
    self.locate = locate
  }
}

/// Knows whether there is an Engine, and which: negotiates on every connect, notices its end, and looks for it again.
///
/// While the Engine is up, one connection rests on it (`/events`), whose end is the sign that it has gone. While it is
/// down, it is looked for every few seconds, and at once by every build that needs it.
final class EngineLink: Sendable {
  private static let firstPause = Duration.milliseconds(500)
  private static let longestPause = Duration.seconds(5)

  private struct State {
    var phase = EngineState.State.connecting
    var client: EngineClient?
    var builder = SwiftDockProtocol.Builder.buildkit
    var lastError: RPCError?
    var sinceMs = wallClockMs()
    /// Fired to end the thread.
    var interrupt: Interrupt?
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
    let interrupt = current.withLock { state in
      state.isStopped = true
      return state.interrupt
    }
    interrupt?.fire()
  }

  /// The Engine, connected to now where it was not known to be up. Blocks for a few seconds at most; longer while an
  /// Engine of the broker's own starts.
  func connect(interrupt: Interrupt?) throws(RPCError) -> EngineClient {
    if let client = current.withLock({ $0.phase == .up ? $0.client : nil }) { return client }
    do throws(RPCError) {
      let client = try negotiate(interrupt: interrupt)
      set(.up, client, nil)
      return client
    } catch {
      if error.isKind(.engineUnavailable) || error.isKind(.engineVersionUnsupported) { set(.down, nil, error) }
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
      return try EngineClient.negotiate(socketPath: path, interrupt: interrupt)
    } catch { throw RPCError(error, endpoint: source.endpoint) }
  }

  private func watch() {
    var pause = Self.firstPause
    guard let interrupt = newInterrupt() else { return }
    while !interrupt.isFired {
      do throws(RPCError) {
        let client = try connect(interrupt: interrupt)
        pause = Self.firstPause
        do throws(EngineError) { try client.followToTheEnd(interrupt: interrupt) } catch {
          guard error != .interrupted else { return }
          set(.down, nil, RPCError(error, endpoint: source.endpoint))
        }
      } catch {
        // What it was stays visible in the state.
      }
      do throws(EngineError) { try interrupt.pause(pause) } catch { continue }
      pause = min(pause * 2, Self.longestPause)
    }
  }

  /// nil once the link was stopped.
  private func newInterrupt() -> Interrupt? {
    do throws(EngineError) {
      let interrupt = try Interrupt()
      return current.withLock { state in
        guard !state.isStopped else { return nil }
        state.interrupt = interrupt
        return interrupt
      }
    } catch {
      journal.write(.error, "cannot watch the engine", ["error": "\(error)"])
      return nil
    }
  }

  private func set(_ phase: EngineState.State, _ client: EngineClient?, _ error: RPCError?) {
    let onChange: (@Sendable () -> Void)? = current.withLock { state in
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
