internal import Broker
internal import CLinux
internal import DockerConfig
internal import EventLoop
internal import Glibc
internal import PrivateEngine
internal import SwiftDockClient
internal import SwiftDockProtocol
internal import Synchronization

/// Why the broker did not start, if it did not.
private final class Start: Sendable {
  private let error = Mutex<BrokerSocketError?>(nil)

  var failure: BrokerSocketError? {
    get { error.withLock { $0 } }
    set { error.withLock { $0 = newValue } }
  }
}

/// The parts of the process, wired: the loop, the broker on it, its Engine, and the signals that end it.
struct Daemon {
  private let loop: EventLoop
  private let broker: Broker
  private let ownEngine: PrivateEngine?
  private let signals: Int32

  /// - Parameters:
  ///   - signals: a signalfd, read as long as the process lives.
  ///   - listener: a socket that listens at the path which the options name; nil: the broker makes its own.
  init(_ options: Options, signals: Int32, listener: Int32?) throws {
    self.signals = signals
    loop = try EventLoop()
    let state = try StateDirectory(options.stateDirectory)
    ownEngine =
      options.engine == .own
      ? try PrivateEngine(stateDirectory: options.stateDirectory, environment: ProcessEnvironment.variables) : nil
    let engine = try Self.source(options, ownEngine)
    // A private Engine has no bridge.
    let network = options.defaultNetwork ?? (ownEngine == nil ? .default : .host)
    var settings = BrokerSettings(
      socketPath: options.socketPath, maxBuilds: options.maxBuilds, defaultNetwork: network)
    settings.inheritedListener = listener
    settings.indexedFiles = options.indexedFiles
    settings.listed = options.listed(engine: engine.endpoint, network: network)
    broker = Broker(loop: loop, settings: settings, state: state, engine: engine, journal: Journal())
  }

  private static func source(_ options: Options, _ own: PrivateEngine?) throws(DockerConfigError) -> EngineSource {
    if let own {
      return EngineSource(endpoint: "private") { () throws(EngineSource.Failure) in
        do throws(PrivateEngineError) {
          try own.start()
          return own.socketPath
        } catch { throw EngineSource.Failure(message: "The private Engine does not start: \(error).", hint: nil) }
      }
    }
    let environment = ProcessEnvironment.variables
    let location: EngineLocation
    switch options.engine {
    case .address(let address): location = try EngineLocation.parse(address)
    case .standard, .own: location = try EngineLocation.resolve(environment: environment, home: environment["HOME"])
    }
    return EngineSource(endpoint: "unix://\(location.socketPath)") { () throws(EngineSource.Failure) in
      location.socketPath
    }
  }

  /// Serves until a signal ends it.
  ///
  /// - Returns: the exit code.
  func run() -> Int32 {
    do {
      try loop.watch(signals, for: .readable) { [self] _ in readSignals() }
    } catch { return failed("\(error)") }
    let start = Start()
    loop.post { [broker, loop] in
      start.failure = broker.assumeIsolated { broker in
        do throws(BrokerSocketError) { try broker.start { loop.stop() } } catch { return error }
        return nil
      }
      if start.failure != nil { loop.stop() }
    }
    loop.run()
    var code: Int32 = 0
    if let failure = start.failure {
      code = failed("\(failure)")
      if case .alreadyRunning = failure { code = SwiftDockDaemon.anotherRuns }
    }
    do throws(PrivateEngineError) { try ownEngine?.stop() } catch { code = failed("\(error)") }
    return code
  }

  private func failed(_ message: String) -> Int32 {
    Complaint.write(message)
    return 1
  }

  private func readSignals() {
    while case let number = cl_signalfd_read(signals), number > 0 {
      switch number {
      case SIGTERM, SIGINT: broker.assumeIsolated { $0.shutDown($0.isDraining ? .cancel : .drain) }
      // A terminal that is closed does not end the broker.
      default: break
      }
    }
  }
}
