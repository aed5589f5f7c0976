import BuildContext
import Testing

@testable import Broker

/// Contexts that are kept on disk for their turn.
struct SpoolDirectoryTests {
  @Test func aContextTakesAsMuchOfTheLimitAsItsArchiveHasBytes() throws {
    let directory = try TemporaryDirectory.make()
    defer { TemporaryDirectory.remove(directory) }
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
