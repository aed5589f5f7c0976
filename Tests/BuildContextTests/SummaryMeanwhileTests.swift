import Glibc
import Testing

@testable import BuildContext

/// Trees whose table has many chunks, which are summed up while there are still files to be found and read. Below /var/tmp,
/// which is on a disk where /tmp may not be.
@Suite(.timeLimit(.minutes(5))) struct SummaryMeanwhileTests {
  /// Whether a file's digest is known before it is read.
  enum Knowledge: CaseIterable {
    case none, all, allButTheFirst, everyThird

    func holds(for number: Int) -> Bool {
      switch self {
      case .none: false
      case .all: true
      case .allButTheFirst: number > 0
      case .everyThird: number % 3 == 0
      }
    }
  }

  private static let fileCount = 400
  private static let dockerfile = "FROM scratch\n"

  private static func name(_ number: Int) -> String { "d\(100 + number / 10)/f\(1_000 + number)" }

  private static func firstName(ofLink number: Int) -> Int { number / 30 * 20 }

  /// Every tenth file is another name of one before. Beside each there is a link with a target so long that a chunk holds few
  /// of them.
  private func makeTree() throws -> TemporaryTree {
    let tree = try TemporaryTree(below: "/var/tmp")
    try tree.file("Dockerfile", Self.dockerfile)
    for number in 0..<Self.fileCount {
      if number % 10 == 0 { try tree.directory("d\(100 + number / 10)") }
      try tree.link(Self.name(number) + ".l", to: String(repeating: "t", count: 4_000))
      if number % 10 == 9 {
        try tree.hardLink(Self.name(number), to: Self.name(Self.firstName(ofLink: number)))
      } else {
        try tree.file(Self.name(number), "\(number)")
      }
    }
    return tree
  }

  /// One that takes the files for read an hour after they were made, as no test can make files that are old.
  private func index(of tree: TemporaryTree, _ knowledge: Knowledge) throws -> FileDigestIndex {
    var table = FileDigestTable(limit: 2 * Self.fileCount)
    let later = FileStatus.Time(seconds: FileStatus.Time.now.seconds + 3600, nanoseconds: 0)
    func know(_ name: String, _ text: String) throws {
      let status = try FileStatus(of: Array(tree.path(name).utf8)[...], in: AT_FDCWD)
      table.fileWasRead(status, by: geteuid(), at: later, digest: try SHA256.digest(of: Array(text.utf8)))
    }
    if knowledge == .all { try know("Dockerfile", Self.dockerfile) }
    for number in 0..<Self.fileCount where number % 10 != 9 && knowledge.holds(for: number) {
      try know(Self.name(number), "\(number)")
    }
    return FileDigestIndex(table)
  }

  private func expectWhole(_ snapshot: ContextSnapshot) throws {
    #expect(snapshot.table.chunks.count > 3)
    #expect(snapshot.digest == (try SHA256.digest(of: Array(snapshot.manifest.utf8))))
    #expect(snapshot.manifest.split(separator: "\n").count == 2 + Self.fileCount / 10 + 2 * Self.fileCount)
    #expect(try Int64(snapshot.tar().count) == snapshot.tarSize)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: Knowledge.allCases)
  func theWholeIsSummedUpWhateverIsKnown(knowledge: Knowledge) throws {
    let tree = try makeTree()
    for threads in [2, 4] {
      let index = try index(of: tree, knowledge)
      try expectWhole(
        ContextSnapshot(
          measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited, index: index,
          threadCount: threads, interrupted: { false }))
    }
  }

  /// Early among those that are summed up, or behind most of them; read with all others, or as the only one.
  @Test(
    .enabled(if: TemporaryTree.isOnDisk && geteuid() == 0),
    arguments: [(0, Knowledge.none), (390, .none), (0, .allButTheFirst)])
  func aCapabilityThatIsFoundMeanwhileIsInTheWhole(number: Int, knowledge: Knowledge) throws {
    let tree = try makeTree()
    let hex = try setCapability(of: tree.path(Self.name(number)))
    let snapshot = try ContextSnapshot(
      measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited,
      index: index(of: tree, knowledge), threadCount: 2, interrupted: { false })
    try expectWhole(snapshot)
    let names = 1 + (0..<Self.fileCount).count { $0 % 10 == 9 && Self.firstName(ofLink: $0) == number }
    #expect(snapshot.manifest.split(separator: "\n").count { $0.contains(" \(hex) ") } == names)
  }

  /// A file that is not known and comes first holds nothing up until the end.
  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: [Knowledge.all, .allButTheFirst])
  func mostIsSummedUpBeforeTheEndOfTheWalk(knowledge: Knowledge) throws {
    let tree = try makeTree()
    let root = try RootDirectory(path: tree.root)
    let source = ContextSource(root: tree.root, walker: .buildKit)
    guard case .directory(_, let location) = source.origin else {
      Issue.record("not a directory")
      return
    }
    let files = try BuildFiles(locating: location, in: root, for: .buildKit)
    var measurement = try TreeMeasurement(
      root, limits: .unlimited, files: files, index: index(of: tree, knowledge), threadCount: 2)
    var walk = try TreeWalk(
      root, plan: WalkPlan(rules: try files.rules(), walker: .buildKit, ignoreFile: nil, nameLimit: .max))
    try walk.run(root, visitor: &measurement, interrupted: { false })
    let chunks = measurement.summary.chunks
    let table = try measurement.finish(root, interrupted: { false }).table
    #expect(chunks >= table.chunks.count - 2)
    #expect(try measurement.totals(of: table).digest == ContextSummary.totals(of: table).digest)
  }
}
