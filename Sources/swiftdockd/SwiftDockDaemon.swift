internal import Broker
internal import CLinux
internal import EventLoop
internal import Glibc
internal import SwiftDockClient
internal import SwiftDockProtocol

/// The broker as a process: options in, one event loop on the main thread, signals out.
@main
enum SwiftDockDaemon {
  /// Descriptors asked for where the system allows as many: connections, and a handful for each build.
  private static let descriptors: rlim_t = 65_536

  /// EX_TEMPFAIL of sysexits.h: another broker is there already.
  static let anotherRuns: Int32 = 75

  static func main() {
    do throws(OptionError) {
      switch try Options.parse(Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.variables) {
      case .help:
        print(Options.usage)
      case .version:
        print("swiftdockd \(ProductVersion.text)")
      case .run(let options):
        exit(run(options))
      }
    } catch {
      Complaint.write(error.description)
      Complaint.write("Try: swiftdockd --help")
      exit(2)
    }
  }

  private static func run(_ options: Options) -> Int32 {
    prepareProcess()
    // Before any thread is made, so that the signals stay blocked in all of them.
    let signals = cl_signalfd([SIGTERM, SIGINT, SIGHUP], 3)
    guard signals >= 0 else { return fail("signalfd: \(Errno.text(errno))") }
    do {
      var options = options
      let listener = try SocketActivation.descriptor(ProcessEnvironment.variables, pid: getpid())
      SocketActivation.forget()
      if let listener { try options.use(socketAt: try UnixSocket.path(ofListener: listener)) }
      let daemon = try Daemon(options, signals: signals, listener: listener)
      return daemon.run()
    } catch let error as StateDirectoryError {
      Complaint.write(error.description)
      if case .inUse = error { return anotherRuns }
      return 1
    } catch { return fail("\(error)") }
  }

  private static func prepareProcess() {
    umask(0o077)
    signal(SIGPIPE, SIG_IGN)
    var limit = rlimit()
    let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, descriptors))
    // Where it cannot be raised the broker serves as many as there is room for.
    _ = setrlimit(resource, &limit)
  }

  private static func fail(_ message: String) -> Int32 {
    Complaint.write(message)
    return 1
  }
}

/// What is said before there is a journal.
enum Complaint {
  static func write(_ message: String) {
    let line = Array("swiftdockd: \(message)\n".utf8)
    // There is nobody to tell when standard error is closed.
    _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
