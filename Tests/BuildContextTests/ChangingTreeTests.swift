import Glibc
import Testing

@testable import BuildContext

/// Whenever a tree changes, the archive that is made of it is the one that was measured, or has no end.
struct ChangingTreeTests {
  /// Counts the moments at which a tree can change: whenever measuring or sending asks whether it is to go on, before
  /// each entry and each read that is not an early one, whenever a piece is given on, and between the two.
  private final class Moments {
    private(set) var count = 0
    private let chosen: Int
    private let change: () throws -> Void

    /// - Parameter chosen: when to call `change`, counted from 1.
    init(_ chosen: Int, change: @escaping () throws -> Void) {
      self.chosen = chosen
      self.change = change
    }

    func pass() {
      count += 1
      guard count == chosen else { return }
      do { try change() } catch { Issue.record(error) }
    }
  }

  private enum Outcome {
    case notMeasured(ContextError)
    case notSent(ContextError)
    case sent
  }

  /// How many moments measuring has, that between included, and how many there are at all.
  private typealias Course = (measuring: Int, all: Int)

  /// Knows every file of the tree, as if they had been there for an hour.
  private func index(of place: TemporaryTree) throws -> FileDigestIndex {
    var table = FileDigestTable(limit: 100)
    let later = FileStatus.Time(seconds: FileStatus.Time.now.seconds + 3600, nanoseconds: 0)
    for (name, bytes) in TreeChange.files {
      let status = try place.status("tree/\(name)")
      table.fileWasRead(status, by: geteuid(), at: later, digest: try SHA256.digest(of: bytes))
    }
    return FileDigestIndex(table)
  }

  /// Makes an archive of a new tree, which changes on the way.
  /// - Parameter moment: 0 for never.
  private func outcome(
    of change: TreeChange, at moment: Int, in place: TemporaryTree, for walker: ContextWalker, isKnown: Bool,
    hasOtherNames: Bool, isHeld: Bool
  ) throws -> (Outcome, Course) {
    try TreeChange.makeTree(in: place)
    if hasOtherNames { try place.hardLink("outside-a", to: "tree/a") }
    let index = isKnown ? try index(of: place) : nil
    // What changes shall get another time than what is there has.
    if isHeld { try place.file("clock", changedAfter: place.status("tree/d").changed) }
    let room = isHeld ? ContentRoom(byteLimit: 4 << 20) : nil
    let moments = Moments(moment) { try change.apply(place) }
    let snapshot: ContextSnapshot
    do throws(ContextError) {
      snapshot = try ContextSnapshot(
        measuring: ContextSource(root: place.path("tree"), walker: walker), limits: .unlimited, index: index,
        room: room, threadCount: 1, noting: WalkedDirectories(settlingSeconds: isHeld ? -1 : 2),
        restingTime: isHeld ? 0 : FileDigestTable.restingTime
      ) {
        moments.pass()
        return false
      }
    } catch {
      return (.notMeasured(error), (moments.count, moments.count))
    }
    moments.pass()
    let measuring = moments.count
    var archive: [UInt8] = []
    archive.reserveCapacity(Int(snapshot.tarSize))
    var outcome = Outcome.sent
    do throws(ContextTransferError<Never>) {
      try snapshot.writeTar(
        to: { piece in
          archive += piece
          moments.pass()
        },
        interrupted: {
          moments.pass()
          return false
        })
    } catch {
      guard case .context(let error) = error else { throw error }
      outcome = .notSent(error)
    }
    let note: Comment = "\(change.testDescription), moment \(moment)"
    #expect(!archive.holds(TreeChange.outsideByte), note)
    if case .sent = outcome {
      #expect(Int64(archive.count) == snapshot.tarSize, note)
      let received = try receive(archive, pieceSize: 1 << 16).snapshot(dockerfile: snapshot.dockerfile, walker)
      #expect(received.digest == snapshot.digest, note)
    } else {
      #expect(Int64(archive.count) <= snapshot.tarSize - 1024, note)
    }
    return (outcome, (measuring, moments.count))
  }

  /// - Parameters:
  ///   - hasOtherNames: whether one of its files has another name outside of the tree.
  ///   - isHeld: whether there is room for its small files, and its directories have not changed for long.
  private func check(
    _ change: TreeChange, _ walker: ContextWalker, isKnown: Bool, hasOtherNames: Bool, isHeld: Bool = false
  ) throws {
    let place = try TemporaryTree(below: isKnown || isHeld ? "/var/tmp" : "/tmp")
    try TreeChange.makeOutside(in: place)
    let (_, course) = try outcome(
      of: change, at: 0, in: TemporaryTree(in: place, "0"), for: walker, isKnown: isKnown,
      hasOtherNames: hasOtherNames, isHeld: isHeld)
    // In each phase there is more than one.
    try #require(course.measuring > 10 && course.all > course.measuring + (isHeld ? 10 : 20))
    for moment in 1...course.all {
      let (outcome, _) = try outcome(
        of: change, at: moment, in: TemporaryTree(in: place, "\(moment)"), for: walker, isKnown: isKnown,
        hasOtherNames: hasOtherNames, isHeld: isHeld)
      let note: Comment = "moment \(moment) of \(course): \(outcome)"
      switch outcome {
      case .notMeasured(.changed(let path)), .notSent(.changed(let path)): #expect(change.mayBeNamed(path), note)
      case .notMeasured, .notSent: Issue.record(note)
      case .sent: #expect(!change.isVisible || moment != course.measuring, note)
      }
    }
  }

  @Test(arguments: TreeChange.all)
  func aTreeThatChangesAtAnyMomentIsSentAsItWasMeasuredOrNotToTheEnd(change: TreeChange) throws {
    try check(change, .classic, isKnown: false, hasOtherNames: false)
  }

  @Test(arguments: TreeChange.all)
  func thatFilesWereKnownAndHaveOtherNamesMakesNoDifference(change: TreeChange) throws {
    try check(change, .buildKit, isKnown: TemporaryTree.isOnDisk, hasOtherNames: true)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: TreeChange.all)
  func thatContentsWereHeldAndDirectoriesAreOldMakesNoDifference(change: TreeChange) throws {
    try check(change, .buildKit, isKnown: false, hasOtherNames: false, isHeld: true)
  }

  @Test func whatBecomesOfAFileAfterItWasSentDoesNotMatter() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    // More than what is given on at once.
    try tree.file("z", bytes: [UInt8](repeating: 1, count: 600_000))
    let snapshot = try tree.snapshot()
    let archive = try snapshot.tar()
    var pieces = 0
    var bytes: [UInt8] = []
    try snapshot.writeTar(to: { piece in
      pieces += 1
      if pieces == 1 { do { try tree.file("Dockerfile", "FROM other\n", mode: 0o600) } catch { Issue.record(error) } }
      bytes += piece
    })
    #expect(pieces > 1)
    #expect(bytes == archive)
  }

  /// Its contents are the same, but in the archive it would be a link.
  @Test func aFileThatBecomesAnotherNameOfAnEqualOneIsAChange() throws {
    let tree = try TemporaryTree()
    for name in ["Dockerfile", "a", "b"] { try tree.file(name, "same") }
    let snapshot = try tree.snapshot()
    try tree.remove("b")
    try tree.hardLink("b", to: "a")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "b"))) { try snapshot.tar() }
  }

  /// Whoever changes a file can set its time of modification, but not that of its change.
  @Test(.enabled(if: TemporaryTree.isOnDisk)) func aKnownFileWhoseTimeWasPutBackIsReadAgain() throws {
    let place = try TemporaryTree(below: "/var/tmp")
    try TreeChange.makeTree(in: place)
    let source = ContextSource(root: place.path("tree"), walker: .buildKit)
    let index = try index(of: place)
    let before = try ContextSnapshot(measuring: source, index: index)
    let known = try place.status("tree/y")
    repeat {
      try place.file("tree/y", "Y")
      try place.setTime("tree/y", seconds: 1_600_000_000)
      // The clock that these times come from stands still for some milliseconds.
    } while try place.status("tree/y").changed == known.changed
    #expect(try place.status("tree/y").modified == known.modified)
    let after = try ContextSnapshot(measuring: source, index: index)
    #expect(after.digest != before.digest)
    #expect(after.digest == (try ContextSnapshot(measuring: source).digest))
    #expect(try Int64(after.tar().count) == after.tarSize)
  }
}

extension [UInt8] {
  /// As `contains`, but quick also where nothing is optimized.
  func holds(_ byte: UInt8) -> Bool {
    withUnsafeBytes { bytes in bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false }
  }
}
