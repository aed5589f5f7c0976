import BuildContext
import Testing

@testable import Broker

/// Contexts that are kept on disk for their turn.
struct SpoolDirectoryTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = try TemporaryDirectory.make()
    defer { TemporaryDirectory.remove(directory) }
    try body(directory)
  }

  @Test func aContextTakesAsMuchOfTheLimitAsItsArchiveHasBytes() throws {
    try withDirectory { directory in
      let snapshot = try ContextSnapshot(
        measuring: ContextSource(dockerfileText: Array("FROM scratch\n".utf8), walker: .buildKit))
      let spools = SpoolDirectory(path: directory, limit: 2 * snapshot.tarSize - 1)
      var spool = spools.keep(snapshot) { false }
      #expect(spool?.size == snapshot.tarSize)
      #expect(spools.used == snapshot.tarSize)
      #expect(spools.keep(snapshot) { false } == nil)
      spool = nil
      #expect(spools.used == 0)
    }
  }

  @Test(.enabled(if: RestedTree.isThere)) func whoIsStoppedBeforeTheBeginningLeavesWhatIsHeldToOthers() throws {
    try withDirectory { directory in
      let room = ContentRoom(byteLimit: ContentRoom.usualLimit)
      let snapshot = try RestedTree.snapshot(room: room)
      let free = room.freeBytes
      try #require(free < ContentRoom.usualLimit)
      let spools = SpoolDirectory(path: directory, limit: 1 << 30)
      #expect(spools.keep(snapshot) { true } == nil)
      #expect(room.freeBytes == free)
      #expect(spools.used == 0)
      #expect(spools.keep(snapshot) { false } != nil)
      #expect(room.freeBytes == ContentRoom.usualLimit)
    }
  }
}
