import Testing

@testable import BuildContext

/// Digests and lengths that come to be while the table does.
@Suite(.timeLimit(.minutes(2))) struct SummaryThreadTests {
  /// A table of directories of files, with other names of some; called with it whenever it has grown.
  private func grow(_ entries: Int, _ look: (EntryTable) -> Void = { _ in }) -> EntryTable {
    var table = EntryTable()
    var directory = EntryTable.Offset.root
    var firstName: EntryTable.Offset?
    func add(_ name: String, _ content: Entry.Content) -> EntryTable.Offset {
      table.append(
        Entry(
          isSent: true, parent: directory, name: Array(name.utf8)[...], mode: 0o644, modified: 0, content: content,
          capability: []))
    }
    for number in 0..<entries {
      let name = String(repeating: "n", count: number % 200) + "\(number)"
      switch number % 50 {
      case 0:
        directory = .root
        directory = add(name, .directory)
      case 25:
        if let firstName { _ = add(name, .hardLink(firstName)) }
      default:
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number + $0) }
        let offset = add(name, .file(size: Int64(number), digest: ContextDigest(bytes: bytes)))
        if number % 700 == 1 { firstName = offset }
      }
      look(table)
    }
    return table
  }

  private func expectSame(_ totals: ContextSummary.Totals, _ table: EntryTable) throws {
    let alone = try ContextSummary.totals(of: table)
    #expect(totals.digest == alone.digest)
    #expect(totals.tarSize == alone.tarSize)
  }

  @Test(arguments: [0, 1, 1000, 8_000]) func whatIsSummedUpMeanwhileIsTheSame(entries: Int) throws {
    let thread = try #require(SummaryThread())
    var given = 0
    let table = grow(entries) { table in
      let chunks = table.fullChunkCount(before: nil)
      guard chunks > given else { return }
      given = chunks
      thread.take(table.prefix(chunks: chunks))
    }
    #expect(given == table.chunks.count - 1 || table.chunks.isEmpty)
    #expect(entries < 8_000 || given > 3)
    try expectSame(thread.finish(table), table)
  }

  @Test func allMayComeAtTheEnd() throws {
    let table = grow(8_000)
    let thread = try #require(SummaryThread())
    try expectSame(thread.finish(table), table)
  }

  @Test(arguments: [0, 1, 3]) func whatIsGivenUpHoldsNobodyUp(chunks: Int) throws {
    let table = grow(8_000)
    let thread = try #require(SummaryThread())
    thread.take(table.prefix(chunks: chunks))
  }

  @Test func chunksAreFullBeforeWhatIsNotKnownYet() {
    var table = EntryTable()
    #expect(table.fullChunkCount(before: nil) == 0)
    table = grow(8_000)
    let last = table.chunks.count - 1
    #expect(table.fullChunkCount(before: nil) == last)
    #expect(table.fullChunkCount(before: table.start) == 0)
    #expect(table.fullChunkCount(before: table.end) == last)
    // The entry that begins the third chunk, and the one before it.
    var previous = table.start
    var next = table.start
    while table.fullChunkCount(before: next) < 2 {
      previous = next
      _ = table.entry(at: &next)
    }
    #expect(table.fullChunkCount(before: previous) == 1)
  }
}
