import Glibc
import Testing

@testable import BuildContext

/// What is in memory from when it was measured until it is sent.
@Suite(.enabled(if: TemporaryTree.isOnDisk)) struct HeldContentsTests {
  /// - Parameter restingTime: as trees of tests have not rested.
  private func measure(
    _ tree: TemporaryTree, room: ContentRoom?, threads: Int = 1, restingTime: Int64 = 0,
    interrupted: () -> Bool = { false }
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited, index: nil, room: room,
      threadCount: threads, restingTime: restingTime, interrupted: interrupted)
  }

  /// Files of all sizes, empty ones, other names, links.
  private func tree(files: Int = 300) throws -> TemporaryTree {
    let tree = try TemporaryTree(below: "/var/tmp")
    try tree.file("Dockerfile", "FROM scratch\n")
    for number in 0..<files {
      if number % 20 == 0 { try tree.directory("d\(number)") }
      let name = "d\(number / 20 * 20)/f\(number)"
      let size = number % 50 == 7 ? 300_000 : number * 37 % 9000
      try tree.file(name, bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size))
      if number % 30 == 0 { try tree.hardLink("z\(number)", to: name) }
    }
    try tree.link("l", to: "Dockerfile")
    return tree
  }

  private func held(_ snapshot: ContextSnapshot) -> [HeldFile] {
    guard case .tree(let tree) = snapshot.contents else { return [] }
    return tree.held.take()
  }

  /// With room for all, for some, and for none.
  @Test(arguments: [0, 2 << 20, 24 << 20], [1, 2, 4]) func theArchiveIsTheSame(room: Int, threads: Int) throws {
    let tree = try tree()
    let expected = try measure(tree, room: nil)
    let snapshot = try measure(tree, room: ContentRoom(byteLimit: room), threads: threads)
    #expect(snapshot.digest == expected.digest)
    let archive = try expected.tar()
    #expect(try snapshot.tar() == archive)
    // Now that nothing is held any more.
    #expect(try snapshot.tar() == archive)
  }

  @Test(arguments: [1, 4]) func smallFilesAreHeldAsTheyWereMeasured(threads: Int) throws {
    let tree = try tree()
    let snapshot = try measure(tree, room: ContentRoom(byteLimit: 24 << 20), threads: threads)
    let files = held(snapshot)
    // All but those of 300,000 bytes.
    #expect(files.count == 301 - 6)
    #expect(zip(files, files.dropFirst()).allSatisfy { $0.entry < $1.entry })
    for file in files {
      #expect(try SHA256.digest(of: Array(file.bytes)) == snapshot.table.digest(at: file.entry))
    }
    #expect(held(snapshot).isEmpty)
  }

  /// Paths of the files that are sent from memory.
  private func sentFromMemory(_ snapshot: ContextSnapshot) throws -> Set<String> {
    guard case .tree(let measured) = snapshot.contents else { throw Unexpected() }
    var contents = TreeContents(try measured.open(), index: nil, held: measured.held.take())
    var cursor = EntryCursor(snapshot.table)
    var paths: Set<String> = []
    while cursor.advance() {
      guard let file = cursor.plainFile else { continue }
      if try contents.open(MeasuredFile(file, cursor), at: cursor.place) {
        paths.insert(ContextPath.text(cursor.path))
      }
    }
    return paths
  }

  @Test func whatIsHeldIsNotReadAgain() throws {
    let tree = try tree(files: 40)
    let paths = try sentFromMemory(measure(tree, room: ContentRoom(byteLimit: 24 << 20)))
    // All but the one of 300,000 bytes.
    #expect(paths.count == 41 - 1 && !paths.contains("d0/f7"))
  }

  /// It has the same contents, but nobody knows without looking.
  @Test func aHeldFileThatWasTouchedIsReadAgain() throws {
    let tree = try tree(files: 40)
    let archive = try measure(tree, room: nil).tar()
    let snapshots = [
      try measure(tree, room: ContentRoom(byteLimit: 24 << 20)),
      try measure(tree, room: ContentRoom(byteLimit: 24 << 20)),
    ]
    try tree.setTime("d0/f3", seconds: 1_500_000_000)
    #expect(try snapshots[0].tar() == archive)
    let paths = try sentFromMemory(snapshots[1])
    #expect(!paths.contains("d0/f3") && paths.contains("d0/f4"))
  }

  @Test func aHeldFileThatIsAnotherNowIsAChange() throws {
    let tree = try tree(files: 40)
    let snapshot = try measure(tree, room: ContentRoom(byteLimit: 24 << 20))
    let last = try tree.status("d0/f3").changed
    try tree.file("d0/f3", bytes: [UInt8](repeating: 9, count: 3 * 37), changedAfter: last)
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "d0/f3"))) { try snapshot.tar() }
  }

  /// A process that has mapped it may write to it under the same times.
  @Test func aFileThatHasNotRestedIsNotHeld() throws {
    let tree = try tree(files: 40)
    let room = ContentRoom(byteLimit: 24 << 20)
    let snapshot = try measure(tree, room: room, restingTime: FileDigestTable.restingTime)
    #expect(try sentFromMemory(snapshot).isEmpty)
    #expect(room.freeBytes == 24 << 20)
  }

  private static let sharedMemory = "/dev/shm"

  @Test(.enabled(if: access(sharedMemory, W_OK) == 0), arguments: [1, 4])
  func whereTimesCannotBeReliedOnNothingIsHeld(threads: Int) throws {
    let tree = try TemporaryTree(below: Self.sharedMemory)
    for number in 0..<200 { try tree.file("\(number)", "a") }
    try tree.file("Dockerfile")
    let snapshot = try measure(tree, room: ContentRoom(byteLimit: 24 << 20), threads: threads)
    #expect(held(snapshot).isEmpty)
  }

  private struct Unexpected: Error {}

  // MARK: - Room

  @Test func roomIsGivenBackOnceTheContextWasSentOrLetGoOf() throws {
    let tree = try tree()
    let room = ContentRoom(byteLimit: 8 << 20)
    let sent = try measure(tree, room: room)
    #expect(room.freeBytes == 6 << 20)
    _ = try sent.tar()
    #expect(room.freeBytes == 8 << 20)
    let other = try measure(tree, room: room)
    #expect(room.freeBytes == 6 << 20)
    other.letGoOfContents()
    #expect(room.freeBytes == 8 << 20)
    #expect(try Int64(other.tar().count) == other.tarSize)
    do {
      let dropped = try measure(tree, room: room, threads: 4)
      #expect(room.freeBytes < 8 << 20)
      _ = dropped.digest
    }
    #expect(room.freeBytes == 8 << 20)
  }

  @Test func aMeasurementThatFailsGivesItsRoomBack() throws {
    let tree = try tree()
    let room = ContentRoom(byteLimit: 8 << 20)
    #expect(throws: ContextError.interrupted) {
      try measure(tree, room: room, threads: 4) { room.freeBytes < 8 << 20 }
    }
    #expect(room.freeBytes == 8 << 20)
  }
}
