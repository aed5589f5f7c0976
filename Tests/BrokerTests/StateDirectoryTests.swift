import Glibc
import Testing

@testable import Broker

final class StateDirectoryTests {
  private let directory: String
  private var path: String { directory + "/a/state" }

  init() throws { directory = try TemporaryDirectory.make() }
  deinit { TemporaryDirectory.remove(directory) }

  private func failure(_ path: String) -> StateDirectoryError? {
    do throws(StateDirectoryError) {
      _ = try StateDirectory(path)
      return nil
    } catch { return error }
  }

  @Test func directoriesAreMadeForTheOwnerAlone() throws {
    let state = try StateDirectory(path)
    for name in [directory + "/a", path, state.logs, state.spool] {
      var info = stat()
      #expect(lstat(name, &info) == 0 && info.st_mode & 0o7777 == 0o700)
    }
  }

  @Test func whatAnEarlierBrokerLeftIsRemoved() throws {
    do {
      let state = try StateDirectory(path)
      try TemporaryDirectory.write("old", to: state.logs + "/x.0")
      try TemporaryDirectory.write("old", to: state.spool + "/y")
    }
    let state = try StateDirectory(path)
    #expect(access(state.logs + "/x.0", F_OK) != 0 && access(state.spool + "/y", F_OK) != 0)
  }

  @Test func directoryOfAnotherBrokerIsInUse() throws {
    let first = try StateDirectory(path)
    try TemporaryDirectory.write("log", to: first.logs + "/x.0")
    #expect(failure(path) == .inUse(path: path))
    #expect(access(first.logs + "/x.0", F_OK) == 0)
  }

  @Test func directoryThatOthersMayWriteOrThatIsALinkIsRefused() throws {
    try #require(mkdir(directory + "/a", 0o700) == 0 && mkdir(path, 0o700) == 0 && chmod(path, 0o777) == 0)
    #expect(failure(path) == .notPrivate(path: path))
    let link = directory + "/link"
    try #require(chmod(path, 0o700) == 0 && symlink(path, link) == 0)
    #expect(failure(link) == .notPrivate(path: link))
  }
}
