import BuildScheduling
import Testing

struct UploadTableTests {
  private static let start = ContinuousClock.now
  private let id = UploadID("u")
  private var table = UploadTable(limits: .init(uploads: 2, works: 2, life: .seconds(10)))

  private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

  private mutating func begin(_ id: UploadID, announced: Int? = nil) throws {
    try table.begun(id, by: 1, announced: announced, now: at(0))
  }

  private mutating func chunk(_ offset: Int, _ size: Int, work: Int) throws -> [UploadTable.Action] {
    try table.chunk(id, by: 1, offset: offset, size: size, work: work, now: at(1))
  }

  @Test mutating func worksAreDoneOneAfterTheOther() throws {
    try begin(id)
    #expect(try chunk(0, 5, work: 1) == [.perform(id, work: 1)])
    #expect(try chunk(5, 5, work: 2) == [])
    #expect(throws: UploadTable.Refusal.tooManyWorks(limit: 2)) { try chunk(10, 5, work: 3) }
    #expect(table.worked(id, succeeded: true, now: at(2)) == [.perform(id, work: 2)])
    #expect(table.worked(id, succeeded: true, now: at(2)) == [])
    #expect(table.worked(id, succeeded: true, now: at(2)) == [], "nothing is under way")
    #expect(try chunk(10, 1, work: 4) == [.perform(id, work: 4)])
  }

  @Test mutating func piecesFollowEachOtherWithoutHolesAndWithoutRepeats() throws {
    try begin(id, announced: 10)
    _ = try chunk(0, 5, work: 1)
    for offset in [0, 4, 6] {
      #expect(throws: UploadTable.Refusal.wrongOffset(expected: 5)) { try chunk(offset, 1, work: 2) }
    }
    #expect(throws: UploadTable.Refusal.tooLong(announced: 10)) { try chunk(5, 6, work: 2) }
    #expect(throws: UploadTable.Refusal.tooLong(announced: 10)) { try chunk(5, .max, work: 2) }
    #expect(throws: UploadTable.Refusal.tooShort(received: 5, announced: 10)) {
      try table.end(id, by: 1, work: 2, now: at(1))
    }
    #expect(try chunk(5, 5, work: 2) == [])
  }

  @Test mutating func onlyItsOwnerHasItAndOnlyACompleteOneIsUsed() throws {
    try begin(id)
    #expect(throws: UploadTable.Refusal.notFound) {
      try table.chunk(id, by: 2, offset: 0, size: 1, work: 1, now: at(1))
    }
    #expect(throws: UploadTable.Refusal.notFound) { try table.aborted(id, by: 2) }
    #expect(throws: UploadTable.Refusal.incomplete) { try table.used(id, by: 1, now: at(1)) }
    #expect(try table.end(id, by: 1, work: 1, now: at(1)) == [.perform(id, work: 1)])
    #expect(throws: UploadTable.Refusal.complete) { try chunk(0, 1, work: 2) }
    #expect(table.worked(id, succeeded: true, stored: 1, now: at(2)) == [])
    try table.used(id, by: 1, now: at(3))
    #expect(throws: UploadTable.Refusal.notFound) { try table.used(id, by: 2, now: at(3)) }
    #expect(try table.aborted(id, by: 1) == [.forget(id, undone: [])])
    #expect(throws: UploadTable.Refusal.notFound) { try table.used(id, by: 1, now: at(3)) }
  }

  @Test mutating func aFailedWorkEndsTheUploadAndWhatWaits() throws {
    try begin(id)
    _ = try chunk(0, 1, work: 1)
    _ = try chunk(1, 1, work: 2)
    #expect(table.worked(id, succeeded: false, now: at(2)) == [.forget(id, undone: [2])])
    #expect(table.isEmpty)
    try begin(id)
    _ = try chunk(0, 1, work: 3)
    #expect(try table.aborted(id, by: 1) == [.forget(id, undone: [3])])
    #expect(table.worked(id, succeeded: true, now: at(2)) == [])
  }

  @Test mutating func timeCountsFromTheLastTrafficAndNotWhileThereIsWork() throws {
    try begin(id)
    #expect(table.nextExpiry == at(10))
    _ = try chunk(0, 1, work: 1)
    #expect(table.nextExpiry == nil)
    #expect(table.expired(now: at(100)) == [])
    _ = table.worked(id, succeeded: true, now: at(100))
    #expect(table.nextExpiry == at(110))
    #expect(table.expired(now: at(109)) == [])
    #expect(table.expired(now: at(110)) == [.forget(id, undone: [])])
    #expect(table.nextExpiry == nil)
  }

  @Test mutating func anOwnersUnfinishedOnesAreFewAndOfTheOthersTheOldestGoes() throws {
    let ids = (0..<4).map { UploadID("u\($0)") }
    for (index, id) in ids.prefix(3).enumerated() {
      try begin(id)
      _ = try table.end(id, by: 1, work: index, now: at(index))
      let actions = table.worked(id, succeeded: true, stored: 1, now: at(index))
      #expect(actions == (index == 2 ? [.forget(ids[0], undone: [])] : []))
    }
    try begin(ids[0])
    try begin(ids[3])
    #expect(throws: UploadTable.Refusal.tooMany(limit: 2)) { try begin(UploadID("more")) }
    try table.begun(UploadID("other"), by: 2, announced: nil, now: at(0))
  }

  /// - Parameter sizes: of complete uploads u0, u1, …, each used later than the one before.
  private mutating func complete(_ sizes: [Int64]) throws -> [UploadID] {
    table = UploadTable(limits: .init(uploads: 8, works: 2, life: .seconds(100)))
    let ids = sizes.indices.map { UploadID("u\($0)") }
    for (index, id) in ids.enumerated() {
      try table.begun(id, by: UInt32(index), announced: nil, now: at(0))
      _ = try table.end(id, by: UInt32(index), work: index, now: at(index))
      _ = table.worked(id, succeeded: true, stored: sizes[index], now: at(index))
    }
    return ids
  }

  @Test mutating func whereRoomIsShortTheOnesNotUsedForLongestGoAndNoMoreThanItTakes() throws {
    let ids = try complete([5, 5, 5, 5])
    try table.used(ids[0], by: 0, now: at(10))
    #expect(table.roomRanShort(by: 6) == [.forget(ids[1], undone: []), .forget(ids[2], undone: [])])
    #expect(table.roomRanShort(by: 0) == [])
    #expect(table.roomRanShort(by: 100) == [.forget(ids[3], undone: []), .forget(ids[0], undone: [])])
    #expect(table.roomRanShort(by: 1) == [])
  }

  @Test mutating func onlyWhatGivesRoomBackGoesForIt() throws {
    let ids = try complete([5, 0, 5, 5])
    table.buildAccepted(of: ids[0])
    table.buildAccepted(of: ids[0])
    _ = try table.end(ids[2], by: 2, work: 10, now: at(10))
    try table.begun(id, by: 9, announced: nil, now: at(0))
    _ = try table.chunk(id, by: 9, offset: 0, size: 50, work: 11, now: at(0))
    _ = table.worked(id, succeeded: true, now: at(0))
    #expect(table.roomRanShort(by: 100) == [.forget(ids[3], undone: [])], "built, empty, worked at and incomplete stay")
    table.buildEnded(of: ids[0])
    #expect(table.roomRanShort(by: 100) == [], "one of two builds has ended")
    table.buildEnded(of: ids[0])
    #expect(table.roomRanShort(by: 100) == [.forget(ids[0], undone: [])])
    table.buildEnded(of: ids[0])
    _ = table.worked(ids[2], succeeded: true, stored: 7, now: at(11))
    #expect(table.roomRanShort(by: 1) == [.forget(ids[2], undone: [])])
  }
}
