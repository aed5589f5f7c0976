import EventLoop
import Glibc
import JSON
import JSONRPC
import SwiftDockTestSupport
import Testing

@testable import Broker

struct PathRefusalTests {
  private static let own = ProcessView(
    userNamespace: .init(device: 1, inode: 10, mount: 0), mountNamespace: .init(device: 1, inode: 11, mount: 0),
    root: .init(device: 2, inode: 2, mount: 20), label: nil)

  private func reason(
    peer: UInt32 = 7, _ sight: PeerProcess.Sight = .seen(own), own: ProcessView? = PathRefusalTests.own
  ) -> PathRefusal? {
    PathRefusal(peer: peer, broker: 7, sight: sight, own: own)
  }

  private func seen(_ change: (inout ProcessView) -> Void) -> PeerProcess.Sight {
    var view = Self.own
    change(&view)
    return .seen(view)
  }

  @Test func clientThatSeesWhatTheBrokerSeesMayNamePaths() { #expect(reason() == nil) }

  @Test func otherUsersMayNotRootIncluded() {
    #expect(reason(peer: 8) == .differentUser)
    #expect(reason(peer: 0) == .differentUser)
    #expect(reason(peer: 8, .gone) == .differentUser)
  }

  @Test func processThatIsGoneSpeaksForNobody() { #expect(reason(.gone) == .identityMismatch) }

  @Test func whatCannotBeComparedIsRefused() {
    #expect(reason(.hidden(errno: EACCES)) == .sandboxed)
    #expect(reason(own: nil) == .sandboxed)
  }

  @Test func eachDifferenceRefuses() {
    let other = ProcessView.File(device: 9, inode: 9, mount: 9)
    #expect(reason(seen { $0.userNamespace = other }) == .differentMountNamespace)
    #expect(reason(seen { $0.mountNamespace = other }) == .differentMountNamespace)
    #expect(reason(seen { $0.root = other }) == .sandboxed)
    // The same directory by another mount, without what is mounted below it.
    #expect(reason(seen { $0.root = .init(device: 2, inode: 2, mount: 21) }) == .sandboxed)
  }

  @Test(
    arguments: [
      (nil, nil, true), (nil, "broker", true), ("jail", nil, false), ("jail", "broker", false), ("jail", "jail", true),
    ] as [(String?, String?, Bool)])
  func labelHasToBeEqualOrNone(peer: String?, broker: String?, isAllowed: Bool) {
    var own = Self.own
    own.label = broker
    #expect(reason(seen { $0.label = peer }, own: own) == (isAllowed ? nil : .sandboxed))
  }

  @Test func clientIsToldTheReasonAndWhatToDo() {
    let error = PathRefusal.sandboxed.error
    #expect(error.code.rawValue == 1302)
    #expect(error.detail == ["reason": "sandboxed"])
    #expect(error.hint?.contains("tar") == true)
  }
}

/// Real processes that connect to a broker, or a listener, of this one.
final class PeerProcessTests {
  private let directory: TestDirectory
  private let listener: UnixSocket

  init() throws {
    directory = try TestDirectory()
    listener = try UnixSocket.listening(at: directory("s"), mode: 0o600)
  }

  private func accepted() throws -> UnixSocket {
    var entry = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
    try #require(poll(&entry, 1, 20_000) == 1)
    return try listener.accept()
  }

  @Test(arguments: [true, false])
  func ownProcessIsSeenAsItIs(asksSocket: Bool) throws {
    let client = try UnixSocket.connected(to: directory("s"))
    let socket = try accepted()
    let peer = try socket.peer()
    let process = PeerProcess(of: socket, peer, asksSocket: asksSocket)
    #expect(try process.look(socket, peer) == .seen(ProcessView.own()))
    #expect(client.descriptor >= 0)
  }

  @Test(arguments: [true, false])
  func processThatConnectedAndEndedIsGoneThoughTheConnectionLives(asksSocket: Bool) throws {
    // A child has the connection from then on.
    let script = """
      import os, socket, sys
      s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
      if os.fork() == 0:
        sys.stdin.read(1); s.sendall(b"x")
      """
    let program = try RunningProgram(["python3", "-c", script, directory("s")], input: .open)
    let socket = try accepted()
    let peer = try socket.peer()
    #expect(peer.pid == UInt32(program.pid))
    let process = PeerProcess(of: socket, peer, asksSocket: asksSocket)
    try program.finish()
    #expect(process.look(socket, peer) == .gone)
    program.closeInput()
  }
}
