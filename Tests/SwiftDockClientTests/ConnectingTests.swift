import CLinux
import Glibc
import SwiftDockProtocol
import Testing

@testable import SwiftDockClient

/// A directory that is gone at the end.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/swiftdock-client-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func file(_ name: String, _ text: String = "") throws -> String {
    let path = path + "/" + name
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
    return path
  }

  func directory(_ name: String) throws -> String {
    let path = path + "/" + name
    try #require(mkdir(path, 0o700) == 0)
    return path
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if let stream = opendir(path) {
      while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(stream)
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}

struct SocketSearchTests {
  private func paths(
    _ explicit: String? = nil, _ environment: [String: String] = [:], hasOwnRuntime: Bool = false
  ) -> [String] {
    SocketSearch(explicit: explicit, environment: { environment[$0] }, uid: 7) { path in
      hasOwnRuntime && path == "/run/user/7"
    }.paths
  }

  @Test func givenPathIsTheOnlyOne() {
    #expect(paths("/a", ["SWIFTDOCK_SOCKET": "/b", "XDG_RUNTIME_DIR": "/r"]) == ["/a"])
    #expect(paths(nil, ["SWIFTDOCK_SOCKET": "/b", "XDG_RUNTIME_DIR": "/r"]) == ["/b"])
    #expect(paths("unix:///a/b") == ["/a/b"])
  }

  @Test func brokersAreStartedWhereTheUserIsAloneAndNowhereElse() {
    func place(_ environment: [String: String], explicit: String? = nil, uid: UInt32 = 7) -> String? {
      SocketSearch(explicit: explicit, environment: { environment[$0] }, uid: uid) { _ in false }.startPath
    }
    #expect(place(["XDG_RUNTIME_DIR": "/r", "HOME": "/h"]) == "/r/swiftdock/swiftdockd.sock")
    // Not at the system's place, where the directory would shut others out.
    #expect(place(["HOME": "/root"], uid: 0) == "/root/.local/state/swiftdock/run/swiftdockd.sock")
    #expect(place([:]) == nil)
    #expect(place(["HOME": "/h"], explicit: "/a") == nil)
    #expect(place(["SWIFTDOCK_SOCKET": "/a", "HOME": "/h"]) == nil)
  }

  @Test func placesAreSearchedInOrder() {
    let shared = "/run/swiftdock/swiftdockd.sock"
    #expect(
      paths(nil, ["XDG_RUNTIME_DIR": "/r", "XDG_STATE_HOME": "/s", "HOME": "/h"])
        == ["/r/swiftdock/swiftdockd.sock", shared, "/s/swiftdock/run/swiftdockd.sock"])
    #expect(
      paths(nil, ["HOME": "/h"], hasOwnRuntime: true)
        == ["/run/user/7/swiftdock/swiftdockd.sock", shared, "/h/.local/state/swiftdock/run/swiftdockd.sock"])
    #expect(paths(nil, ["XDG_RUNTIME_DIR": "/r"], hasOwnRuntime: true) == ["/r/swiftdock/swiftdockd.sock", shared])
    #expect(paths() == [shared])
    #expect(paths(nil, ["SWIFTDOCK_SOCKET": "", "XDG_RUNTIME_DIR": ""]) == [shared])
  }
}

struct ConnectingTests {
  private func failure(_ search: SocketSearch) -> ClientError? {
    do throws(ClientError) {
      _ = try BrokerConnection.connect(search)
      return nil
    } catch {
      return error
    }
  }

  private func search(_ path: String) -> SocketSearch {
    SocketSearch(explicit: path, environment: { _ in nil }, uid: 0) { _ in false }
  }

  @Test func listeningSocketIsConnected() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/s"
    let listener = cl_unix_listen(path, path.utf8.count, 0o600, 4)
    try #require(listener >= 0)
    defer { close(listener) }
    _ = try BrokerConnection.connect(search(path))
  }

  @Test func missingSocketMeansThatNoBrokerRuns() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/none"
    let error = try #require(failure(search(path)))
    #expect(error == .notRunning(searched: [path]))
    #expect(error.explanation.contains(path) && error.explanation.contains("swiftdockd --socket \(path)"))
    #expect(failure(search(directory.path + "/no/such")) == .notRunning(searched: [directory.path + "/no/such"]))
  }

  @Test func laterPlacesAreTriedOnlyWhereThereIsNoSocket() throws {
    let directory = try TemporaryDirectory()
    let environment = ["XDG_RUNTIME_DIR": directory.path + "/none", "XDG_STATE_HOME": directory.path]
    _ = try directory.directory("swiftdock")
    _ = try directory.directory("swiftdock/run")
    let last = try directory.file("swiftdock/run/swiftdockd.sock")
    let search = SocketSearch(explicit: nil, environment: { environment[$0] }, uid: 0) { _ in false }
    try #require(access("/run/swiftdock/swiftdockd.sock", F_OK) != 0, "a broker of the machine would be found first")
    #expect(failure(search) == .nobodyListens(path: last))
  }

  @Test func socketLeftBehindAndOrdinaryFileAreToldFromMissing() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("file")
    #expect(failure(search(file)) == .nobodyListens(path: file))
    let left = directory.path + "/left"
    close(cl_unix_listen(left, left.utf8.count, 0o600, 4))
    #expect(failure(search(left)) == .nobodyListens(path: left))
  }

  @Test func pathOfTheLimitConnectsAndLongerIsSaidToBeTooLong() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/" + String(repeating: "s", count: 107 - directory.path.utf8.count - 1)
    let listener = cl_unix_listen(path, path.utf8.count, 0o600, 4)
    try #require(listener >= 0)
    defer { close(listener) }
    _ = try BrokerConnection.connect(search(path))
    let error = try #require(failure(search(path + "s")))
    #expect(error == .pathTooLong(path: path + "s", bytes: 108, limit: 107))
    #expect(error.explanation.contains("108"))
  }

  @Test func everyExplanationEndsWithSomethingToDoWhereThereIs() {
    let errors: [(ClientError, String)] = [
      (.notAllowed(path: "/s", group: "builders"), "usermod -aG builders"),
      (.notAllowed(path: "/s", group: nil), "namei -l /s"),
      (.nobodyListens(path: "/s"), "swiftdockd --socket /s"), (.peerNotTrusted(path: "/s", uid: 5), "user 5"),
      (.connectionLost, "swiftdock-ctl status"),
    ]
    for (error, text) in errors { #expect(error.explanation.contains(text)) }
  }
}

struct PeerTrustTests {
  @Test func selfAndRootAreTrusted() {
    #expect(PeerTrust.isTrusted(peer: geteuid(), path: "/nowhere"))
    #expect(PeerTrust.isTrusted(peer: 0, path: "/nowhere"))
    #expect(!PeerTrust.isTrusted(peer: 4_242, path: "/nowhere"))
  }

  @Test(.enabled(if: geteuid() == 0, "needs the right to give files away"))
  func ownerOfTheSocketIsTrustedOnlyWhereNobodyElseCouldHavePutItThere() throws {
    // Under /tmp, in which everybody may write, no directory is safe: the whole tree is what counts.
    let directory = try TemporaryDirectory()
    let socket = try directory.file("s")
    try #require(chown(socket, 4_242, 0) == 0)
    #expect(!PeerTrust.isTrusted(peer: 4_242, path: socket))

    var template = Array("/var/lib/swiftdock-client-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let safe = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      unlink(safe + "/s")
      rmdir(safe)
    }
    close(open(safe + "/s", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
    try #require(chown(safe + "/s", 4_242, 0) == 0)
    #expect(PeerTrust.isTrusted(peer: 4_242, path: safe + "/s"))
    #expect(!PeerTrust.isTrusted(peer: 4_243, path: safe + "/s"))
    try #require(chmod(safe, 0o770) == 0)
    #expect(!PeerTrust.isTrusted(peer: 4_242, path: safe + "/s"))
  }

  @Test func groupIsThatOfTheSocketOrOfTheDirectoryBeforeIt() throws {
    #expect(PeerTrust.groupNeeded(for: "/no/such/socket") == nil)
  }
}
