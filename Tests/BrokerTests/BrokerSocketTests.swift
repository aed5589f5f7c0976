import EventLoop
import Glibc
import Testing

@testable import Broker

final class BrokerSocketTests {
  private let directory: String
  private var path: String { directory + "/run/deep/broker.sock" }

  init() throws { directory = try TemporaryDirectory.make() }
  deinit { TemporaryDirectory.remove(directory) }

  private func mode(_ path: String) -> mode_t? {
    var info = stat()
    return lstat(path, &info) == 0 ? info.st_mode & 0o7777 : nil
  }

  /// Makes a socket there, and says why it could not.
  private func failure(_ path: String) -> BrokerSocketError? {
    do throws(BrokerSocketError) {
      _ = try BrokerSocket(path: path)
      return nil
    } catch { return error }
  }

  @Test func directoriesAndSocketAreTheOwnersAlone() throws {
    let socket = try BrokerSocket(path: path)
    #expect(mode(socket.path) == 0o600)
    #expect(mode(directory + "/run") == 0o700)
    #expect(mode(directory + "/run/deep") == 0o700)
    #expect(mode(path + ".new") == nil)
    _ = try UnixSocket.connected(to: path)
  }

  @Test func socketGoesWithItsBrokerAndTheLockStaysFree() throws {
    for _ in 1...2 {
      let socket = try BrokerSocket(path: path)
      #expect(mode(socket.path) != nil)
      _ = consume socket
      #expect(mode(path) == nil)
    }
  }

  @Test func socketLeftBehindIsReplaced() throws {
    try #require(mkdir(directory + "/run", 0o700) == 0 && mkdir(directory + "/run/deep", 0o700) == 0)
    _ = try UnixSocket.listening(at: path, mode: 0o600)
    #expect(mode(path) != nil)
    let socket = try BrokerSocket(path: path)
    _ = try UnixSocket.connected(to: socket.path)
  }

  @Test func liveBrokerIsLeftAlone() throws {
    let first = try BrokerSocket(path: path)
    #expect(failure(path) == .alreadyRunning(path: path))
    _ = try UnixSocket.connected(to: first.path)
  }

  @Test func listenerWithAnotherLockIsLeftAlone() throws {
    try #require(mkdir(directory + "/run", 0o700) == 0 && mkdir(directory + "/run/deep", 0o700) == 0)
    let other = try UnixSocket.listening(at: path, mode: 0o600)
    #expect(failure(path) == .alreadyRunning(path: path))
    #expect(other.descriptor >= 0)
  }

  @Test func fileThatIsNoSocketIsNotRemoved() throws {
    try #require(mkdir(directory + "/run", 0o700) == 0 && mkdir(directory + "/run/deep", 0o700) == 0)
    try TemporaryDirectory.write("precious", to: path)
    #expect(failure(path) == .system(call: "bind", path: path, errno: EADDRINUSE))
    #expect(mode(path) != nil)
  }

  @Test func socketThatAnotherPutInItsPlaceStays() throws {
    let socket = try BrokerSocket(path: path)
    try #require(unlink(socket.path) == 0)
    let other = try UnixSocket.listening(at: path, mode: 0o600)
    _ = consume socket
    #expect(mode(path) != nil)
    #expect(other.descriptor >= 0)
  }

  @Test func directoryThatOthersMayWriteIsRefused() throws {
    let shared = directory + "/shared"
    try #require(mkdir(shared, 0o700) == 0 && chmod(shared, 0o770) == 0)
    #expect(failure(shared + "/broker.sock") == .directoryNotPrivate(path: shared, mode: 0o770, owner: geteuid()))
  }

  @Test func pathThatCannotBeOneIsRefusedWithItsLength() throws {
    let long = directory + "/" + String(repeating: "x", count: 100)
    #expect(failure(long) == .pathTooLong(path: long, bytes: long.utf8.count))
    try TemporaryDirectory.write("", to: directory + "/file")
    #expect(failure(directory + "/file/broker.sock") != nil)
  }

  // MARK: Sockets that were handed over

  /// Makes a directory and a listening socket in it, and returns a descriptor of that.
  private func handedOver(mode: UInt32 = 0o600) throws -> Int32 {
    try #require(mkdir(directory + "/run", 0o700) == 0 && mkdir(directory + "/run/deep", 0o700) == 0)
    let listener = try UnixSocket.listening(at: path, mode: mode)
    try #require(chmod(path, mode) == 0)
    return dup(listener.descriptor)
  }

  private func failure(inherited descriptor: Int32) -> BrokerSocketError? {
    do throws(BrokerSocketError) {
      _ = try BrokerSocket(inherited: descriptor)
      return nil
    } catch { return error }
  }

  @Test func socketThatWasHandedOverIsServedAndItsFileStays() throws {
    let socket = try BrokerSocket(inherited: try handedOver())
    #expect(socket.path == path)
    _ = try UnixSocket.connected(to: path)
    #expect(fcntl(socket.listener.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(socket.listener.descriptor, F_GETFL) & O_NONBLOCK != 0)
    #expect(failure(path) == .alreadyRunning(path: path))
    _ = consume socket
    #expect(mode(path) == 0o600)
  }

  @Test func socketThatOthersMayConnectToIsRefused() throws {
    let descriptor = try handedOver(mode: 0o660)
    #expect(failure(inherited: descriptor) == .socketNotPrivate(path: path, mode: 0o660))
    #expect(mode(path) == 0o660)
  }

  @Test func socketInADirectoryThatOthersMayChangeIsRefused() throws {
    let descriptor = try handedOver()
    chmod(directory + "/run/deep", 0o777)
    guard case .directoryNotPrivate(directory + "/run/deep", 0o777, _)? = failure(inherited: descriptor) else {
      Issue.record("was taken")
      return
    }
  }

  @Test func whatIsNoListeningUnixSocketIsRefused() throws {
    var pair: [Int32] = [-1, -1]
    // A program that another test starts meanwhile must not hold these open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    let unnamed = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(listen(unnamed, 1) == 0 || errno == EINVAL)
    let expected: [(Int32, Set<Int32>)] = [
      (open("/dev/null", O_RDONLY), [ENOTSOCK]), (pair[0], [EPROTOTYPE]), (pair[1], [EPROTOTYPE]),
      (unnamed, [EPROTOTYPE, EADDRNOTAVAIL]),
      (socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), [EPROTOTYPE]),
    ]
    for (descriptor, codes) in expected {
      guard case .system(_, _, let code)? = failure(inherited: descriptor), codes.contains(code) else {
        Issue.record("\(descriptor) was taken, or refused for another reason")
        continue
      }
    }
  }
}
