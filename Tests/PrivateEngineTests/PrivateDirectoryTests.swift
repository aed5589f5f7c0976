import Glibc
import Testing

@testable import PrivateEngine

struct PrivateDirectoryTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aDirectoryIsMadeForItsOwnerOnlyAndTakenAgain() throws {
    let path = directory.path + "/d"
    try PrivateDirectory.make(path)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    try PrivateDirectory.make(path)
  }

  @Test func whatOthersMayChangeIsRefused() throws {
    let open = try directory.makeDirectory("open")
    #expect(chmod(open, 0o777) == 0)
    #expect(throws: PrivateEngineError.notPrivate(open)) { try PrivateDirectory.make(open) }
    let file = try directory.write("file", "")
    #expect(throws: PrivateEngineError.notPrivate(file)) { try PrivateDirectory.make(file) }
    let link = directory.path + "/link"
    #expect(symlink(directory.path, link) == 0)
    #expect(throws: PrivateEngineError.notPrivate(link)) { try PrivateDirectory.make(link) }
    let orphan = directory.path + "/missing/d"
    #expect(throws: PrivateEngineError.system(call: "mkdir", path: orphan, errno: ENOENT)) {
      try PrivateDirectory.make(orphan)
    }
  }

  @Test func removalTakesEverythingInsideAndNothingThatLinksLeadTo() throws {
    let kept = try directory.makeDirectory("kept")
    let keptFile = try directory.write("kept/file", "x")
    let path = try directory.makeDirectory("gone")
    _ = try directory.makeDirectory("gone/a")
    _ = try directory.makeDirectory("gone/a/b")
    try directory.write("gone/a/b/file", "x")
    #expect(symlink(kept, path + "/link") == 0)
    #expect(mkfifo(path + "/fifo", 0o600) == 0)
    try PrivateDirectory.remove(path)
    #expect(!exists(path))
    #expect(exists(keptFile))
    try PrivateDirectory.remove(path)
  }

  @Test func theLogsTailIsTheLastLinesWithoutControlCharacters() throws {
    let log = try directory.write("log", (1...30).map { "line \($0)\u{1B}[31m\n" }.joined())
    #expect(EngineLog.tail(log).first == "line 23 [31m")
    #expect(EngineLog.tail(log).last == "line 30 [31m")
    let long = try directory.write("long", String(repeating: "x", count: 100_000))
    #expect(EngineLog.tail(long) == [String(repeating: "x", count: 500)])
    #expect(EngineLog.tail(directory.path + "/none") == [])
  }
}
