import CLinux
import Glibc
import Testing

@testable import BuildContext

/// With a tree below /var/tmp, which is on a disk where /tmp may not be.
struct FileDigestIndexTests {
  private let tree: TemporaryTree
  init() throws {
    tree = try TemporaryTree(below: "/var/tmp")
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.directory("d")
    for number in 0..<100 { try tree.file("d/f\(number)", "\(number)") }
  }

  private func measure(_ index: FileDigestIndex, threads: Int? = nil) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited, index: index,
      threadCount: threads, interrupted: { false })
  }

  /// One that takes the files for read an hour after they were made, as no test can make files that are old.
  private func index(of names: [String], holding contents: (String) -> [UInt8]) throws -> FileDigestIndex {
    var table = FileDigestTable(limit: 1000)
    let later = FileStatus.Time(seconds: FileStatus.Time.now.seconds + 3600, nanoseconds: 0)
    for name in names {
      let status = try FileStatus(of: Array(tree.path(name).utf8)[...], in: AT_FDCWD)
      table.fileWasRead(status, by: geteuid(), at: later, digest: try SHA256.digest(of: contents(name)))
    }
    return FileDigestIndex(table)
  }

  private static let names = (0..<100).map { "d/f\($0)" }

  @Test func freshFilesAreNotRemembered() throws {
    let index = FileDigestIndex(limit: 1000)
    _ = try measure(index)
    #expect(index.count == 0)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func filesThatAreKnownAreNotRead() throws {
    let read = try tree.snapshot(.buildKit)
    let index = try index(of: Self.names) { Array($0.dropFirst("d/f".count).utf8) }
    #expect(try measure(index).manifest == read.manifest)
    // What an index says that is wrong tells that nobody looked.
    let wrong = try self.index(of: Self.names) { Array($0.utf8) }
    for line in try measure(wrong).manifest.split(separator: "\n").map({ $0.split(separator: " ") })
    where line.last?.hasPrefix("d/f") == true {
      #expect(try line[3] == SHA256.digest(of: Array(line[5].utf8)).hex)
    }
  }

  /// Files are looked up, or opened at once, as the ones before them were.
  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: 1...2) func filesThatAreKnownAreNotReadAmongOthers(
    threads: Int
  ) throws {
    let known = Set(Self.names.enumerated().filter { $0.offset % 5 < 2 }.map(\.element))
    let index = try index(of: known.sorted()) { Array($0.utf8) }
    let lines = try measure(index, threads: threads).manifest.split(separator: "\n").map { $0.split(separator: " ") }
    let files = lines.filter { $0.last?.hasPrefix("d/f") == true }
    #expect(files.count == 100)
    for line in files {
      let name = String(line[5])
      let contents = known.contains(name) ? name : String(name.dropFirst("d/f".count))
      #expect(try line[3] == SHA256.digest(of: Array(contents.utf8)).hex, "\(name)")
    }
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func aWrongDigestIsFoundWhenTheTreeIsSentAndNotBelievedAgain() throws {
    let expected = try tree.snapshot(.buildKit).digest
    let index = try index(of: Self.names) { Array($0.utf8) }
    let snapshot = try measure(index)
    #expect(snapshot.digest != expected)
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "d/f0"))) { try snapshot.tar() }
    #expect(index.count == 0)
    let again = try measure(index)
    #expect(again.digest == expected)
    #expect(try Int64(again.tar().count) == again.tarSize)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func anEditThatShowsLeavesTheOthersRemembered() throws {
    let index = try index(of: Self.names) { Array($0.dropFirst("d/f".count).utf8) }
    let snapshot = try measure(index)
    try tree.file("d/f3", "x")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "d/f3"))) { try snapshot.tar() }
    #expect(index.count == 100)
    #expect(try measure(index).digest == (try tree.snapshot(.buildKit).digest))
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func theDockerfileIsReadWhateverTheIndexSays() throws {
    let index = try index(of: ["Dockerfile"]) { _ in [] }
    #expect(throws: ContextError.changed(path: "Dockerfile")) { try measure(index) }
    #expect(index.count == 0)
    #expect(try measure(index).dockerfileBytes == Array("FROM scratch\n".utf8))
  }

  @Test(arguments: ["/dev/shm", "/proc", "/sys"]) func filesystemsInMemoryAreNotCovered(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    #expect(cl_keeps_reliable_times(descriptor) == 0)
  }
}
