import Glibc
import Testing

@testable import BuildContext

/// Files that are read before their status is known.
struct EarlyReadingTests {
  private func reader(_ room: ContentRoom? = nil) throws -> FileRunReader {
    // Files are given open.
    try FileRunReader(root: -1, sizeLimit: .max, room: room)
  }

  private func opened(_ path: String) throws -> OwnedDescriptor {
    let raw = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(raw >= 0)
    return OwnedDescriptor(owning: raw)
  }

  @Test(arguments: [(0, true), (1, true), (32767, true), (32768, false), (300_000, false)])
  func smallFilesAreReadToTheirEnd(size: Int, isSmall: Bool) throws {
    let tree = try TemporaryTree()
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try tree.file("a", bytes: bytes)
    let file = try opened(tree.path("a"))
    let room = ContentRoom(byteLimit: 24 << 20)
    var reader = try reader(room)
    let early = reader.readEarly(file.raw)
    #expect(early?.count == (isSmall ? size : nil))
    guard let early else { return }
    let status = try FileStatus(of: file.raw)
    let result = try reader.finish(early, status)
    let reading = try #require(result)
    #expect(reading.status == status)
    #expect(try reading.digest == SHA256.digest(of: bytes))
    #expect(reading.capability.isEmpty)
    let place = try #require(reading.place)
    #expect(Array(place.block.memory[place.start..<(place.start + size)]) == bytes)
    let other = try reader.finish(EarlyReading(count: size + 1, capability: []), status)
    #expect(other == nil)
  }

  /// And a fifo keeps what is in it.
  @Test func whatIsNoFileIsNot() throws {
    let tree = try TemporaryTree()
    try tree.directory("d")
    try tree.fifo("p")
    let directory = try opened(tree.path("d"))
    let pipe = open(tree.path("p"), O_RDWR | O_NONBLOCK | O_CLOEXEC)
    defer { close(pipe) }
    try #require(write(pipe, "abc", 3) == 3)
    var reader = try reader()
    for descriptor in [directory.raw, pipe] {
      let early = reader.readEarly(descriptor)
      #expect(early == nil)
    }
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(read(pipe, &bytes, 10) == 3)
  }

  @Test(arguments: [10, 300_000]) func theDescriptorStaysAtTheBeginning(size: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("a", bytes: [UInt8](repeating: 1, count: size))
    let file = try opened(tree.path("a"))
    var reader = try reader()
    _ = reader.readEarly(file.raw)
    #expect(lseek(file.raw, 0, SEEK_CUR) == 0)
  }

  /// The status is the later one, so that only what was read after it is of it.
  @Test(arguments: [true, false]) func whatMayHaveChangedMeanwhileIsReadAnew(isRested: Bool) throws {
    let tree = try TemporaryTree()
    try tree.file("a", "before")
    let file = try opened(tree.path("a"))
    let directory = OwnedDescriptor(owning: open(tree.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    var threads = try ReadingThreads(root: directory, sizeLimit: .max, threadCount: 1)
    let early = threads.readEarly(file.raw)
    #expect(early?.count == 6)
    try tree.file("a", "after!")
    let status = try FileStatus(of: file.raw)
    let reading = try threads.readNow(
      file.raw, early: early, found: status, isRested: isRested, interrupted: { false })
    // That it had rested is taken for true.
    #expect(try reading.digest == SHA256.digest(of: Array((isRested ? "before" : "after!").utf8)))
  }

  @Test(.enabled(if: geteuid() == 0)) func aCapabilityIsReadEarly() throws {
    let tree = try TemporaryTree()
    try tree.file("a", "a", mode: 0o755)
    try setCapability(of: tree.path("a"))
    var reader = try reader()
    let file = try opened(tree.path("a"))
    let early = reader.readEarly(file.raw)
    #expect(early?.capability.isEmpty == false)
  }

  /// Of all sizes, and with a capability.
  @Test(.enabled(if: TemporaryTree.isOnDisk)) func aTreeThatHasRestedIsMeasuredAsAnyOther() throws {
    let tree = try TemporaryTree(below: "/var/tmp")
    try tree.file("Dockerfile", "FROM scratch\n")
    for (number, size) in [0, 1, 4096, 32767, 32768, 32769, 262_144, 300_000].enumerated() {
      try tree.file("f\(number)", bytes: [UInt8](repeating: UInt8(number), count: size), mode: 0o755)
      try tree.hardLink("l\(number)", to: "f\(number)")
    }
    if geteuid() == 0 { try setCapability(of: tree.path("f3")) }
    func measure(restingTime: Int64) throws -> ContextSnapshot {
      try ContextSnapshot(
        measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited, index: nil, threadCount: 1,
        restingTime: restingTime, interrupted: { false })
    }
    let rested = try measure(restingTime: 0)
    let other = try measure(restingTime: FileDigestTable.restingTime)
    #expect(rested.manifest == other.manifest)
    #expect(try rested.tar() == other.tar())
  }
}
