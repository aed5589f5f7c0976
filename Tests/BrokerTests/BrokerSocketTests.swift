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
}
