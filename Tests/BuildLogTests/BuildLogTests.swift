import BuildLog
import Glibc
import Testing

/// A log in a directory of its own, removed with it.
private struct Fixture: ~Copyable {
  let directory: String
  let log: BuildLog

  init(_ limits: LogLimits = LogLimits()) throws {
    var template = Array("/tmp/build-log-tests.XXXXXX".utf8CString)
    let path = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }
    }
    directory = String(cString: try #require(path))
    log = BuildLog(prefix: directory + "/log", limits: limits)
  }

  var files: Int {
    guard let handle = opendir(directory) else { return -1 }
    defer { closedir(handle) }
    var count = 0
    while let entry = readdir(handle) { if entry.pointee.d_type == UInt8(DT_REG) { count += 1 } }
    return count
  }

  deinit {
    log.remove()
    rmdir(directory)
  }
}

private func text(_ page: LogPage) -> [String] { page.records.map { String(decoding: $0, as: UTF8.self) } }

@Suite struct BuildLogTests {
  @Test func numbersRecordsFromOneWithoutHoles() throws {
    let fixture = try Fixture()
    for expected in Int64(1)...5 { #expect(try fixture.log.append { Array("r\($0)".utf8) } == expected) }
    let page = try fixture.log.read(from: 1, maxBytes: 1 << 20)
    #expect(text(page) == ["r1", "r2", "r3", "r4", "r5"])
    #expect(page.nextSeq == 6)
    #expect(page.gap == nil)
    #expect(fixture.log.lastSeq == 5)
  }

  @Test func aCopyGoesOnWhereTheOtherLogIs() throws {
    let former = try Fixture(LogLimits(segmentBytes: 100))
    for number in 1...50 { try former.log.append(isMarked: number % 7 == 0) { Array("record \($0)".utf8) } }
    let own = try Fixture()
    let isMarked = { (record: [UInt8]) in (Int(String(decoding: record.dropFirst(7), as: UTF8.self)) ?? 1) % 7 == 0 }
    try own.log.copy(former.log, where: isMarked)
    #expect(try own.log.append { Array("record \($0)".utf8) } == 51)
    #expect(try text(own.log.read(from: 1, maxBytes: 1 << 20)) == (1...51).map { "record \($0)" })
    #expect(try own.log.start(ofLastMarked: 1, where: isMarked) == 49)
    #expect(former.log.lastSeq == 50)
  }

  @Test func aLogThatHasLostRecordsIsNotCopied() throws {
    let former = try Fixture(LogLimits(segmentBytes: 10, headSegments: 1, totalSegments: 2))
    for _ in 1...9 { try former.log.append { Array("record \($0)".utf8) } }
    let own = try Fixture()
    #expect(throws: BuildLogError.self) { try own.log.copy(former.log) { _ in false } }
  }

  @Test(arguments: [Int64(1), 2, 77, 1999, 2000, 2001, 9999])
  func readsFromAnyNumber(start: Int64) throws {
    let fixture = try Fixture(LogLimits(segmentBytes: 5000))
    for _ in 0..<2000 {
      try fixture.log.append { Array(repeating: UInt8(ascii: "x"), count: 30) + Array("\($0)".utf8) }
    }
    var cursor = start
    var seen: [Int64] = []
    while true {
      let page = try fixture.log.read(from: cursor, maxBytes: 700)
      if page.records.isEmpty { break }
      seen += try text(page).map { try #require(Int64($0.drop { $0 == "x" })) }
      cursor = page.nextSeq
    }
    let expected = start > 2000 ? [] : Array(start...2000)
    #expect(seen == expected)
  }

  @Test func keepsBeginningAndEndAndNamesTheRest() throws {
    let fixture = try Fixture(LogLimits(segmentBytes: 100, headSegments: 2, totalSegments: 4))
    for _ in 0..<100 { try fixture.log.append { Array("record number \($0 + 1000)".utf8) } }
    var cursor: Int64 = 1
    var seen: [Int64] = []
    var gaps: [LogGap] = []
    while cursor <= 100 {
      let page = try fixture.log.read(from: cursor, maxBytes: 4096)
      if let gap = page.gap {
        gaps.append(gap)
        seen += Array(gap.fromSeq...gap.toSeq)
      }
      seen += Array((page.nextSeq - Int64(page.records.count))..<page.nextSeq)
      #expect(page.nextSeq > cursor)
      cursor = page.nextSeq
    }
    #expect(seen == Array(1...100))
    #expect(gaps.count == 1)
    #expect(gaps.first?.fromSeq == 13)
    #expect(fixture.files == 4)
    let inside = try fixture.log.read(from: 20, maxBytes: 4096)
    #expect(inside.gap?.fromSeq == 20)
    #expect(inside.gap?.toSeq == gaps.first?.toSeq)
  }

  /// Every third record is marked.
  @Test(arguments: [Int64(0), 1, 2, 100, 665, 666, 667, 5_000])
  func findsTheLastMarkedRecords(count: Int64) throws {
    let fixture = try Fixture(LogLimits(segmentBytes: 200_000, headSegments: 16, totalSegments: 32))
    for number in Int64(1)...2_000 {
      let isMarked = number.isMultiple(of: 3)
      try fixture.log.append(isMarked: isMarked) { seq in
        Array((isMarked ? "m" : "o").utf8) + Array(repeating: 0x78, count: 300 + Int(seq % 7))
      }
    }
    let expected = count == 0 ? 2_001 : count > 666 ? 1 : 1_998 - 3 * (count - 1)
    #expect(try fixture.log.start(ofLastMarked: count) { $0.first == UInt8(ascii: "m") } == expected)
    #expect(fixture.log.extent.lastSeq == 2_000)
    #expect(fixture.log.extent.bytes == Int64(fixture.log.bytes))
  }

  @Test func markedRecordThatWasRemovedIsWhereTheGapBegins() throws {
    let fixture = try Fixture(LogLimits(segmentBytes: 100, headSegments: 2, totalSegments: 4))
    for _ in 0..<100 { try fixture.log.append(isMarked: true) { Array("record number \($0 + 1000)".utf8) } }
    let gap = try #require(try fixture.log.read(from: 50, maxBytes: 4096).gap)
    let removed = gap.toSeq - 12
    func start(_ count: Int64) throws -> Int64 { try fixture.log.start(ofLastMarked: count) { _ in true } }
    #expect(try start(100 - gap.toSeq) == gap.toSeq + 1)
    #expect(try start(100 - gap.toSeq + 1) == 13)
    #expect(try start(100 - gap.toSeq + removed) == 13)
    #expect(try start(100 - gap.toSeq + removed + 1) == 12)
    #expect(try start(100) == 1)
  }

  @Test func returnsARecordLargerThanThePageAlone() throws {
    let fixture = try Fixture()
    try fixture.log.append { _ in Array(repeating: 65, count: 200_000) }
    try fixture.log.append { _ in [66] }
    let page = try fixture.log.read(from: 1, maxBytes: 10)
    #expect(page.records.map(\.count) == [200_000])
    #expect(page.nextSeq == 2)
  }

  @Test func staysReadableAfterCloseAndRefusesMore() throws {
    let fixture = try Fixture()
    try fixture.log.append { _ in [65] }
    fixture.log.close()
    #expect(throws: BuildLogError.closed) { try fixture.log.append { _ in [66] } }
    #expect(try fixture.log.read(from: 1, maxBytes: 10).records == [[65]])
  }

  @Test func losesNothingWhenTheDiskIsFull() async {
    // In a process of its own, since the limit that stands in for a full disk holds for a whole process.
    await #expect(processExitsWith: .success) {
      let fixture = try Fixture()
      try fixture.log.append { _ in [65] }
      // The signal would end the process before write(2) can report.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 10, rlim_max: rlim_t.max)
      setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
      #expect(throws: BuildLogError.system(call: "write", path: fixture.log.prefix + ".0", errno: EFBIG)) {
        try fixture.log.append { _ in Array(repeating: 66, count: 100) }
      }
      limit.rlim_cur = rlim_t.max
      setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
      #expect(try fixture.log.append { _ in [67] } == 2)
      #expect(try fixture.log.read(from: 1, maxBytes: 100).records == [[65], [67]])
    }
  }

  @Test func removesItsFiles() throws {
    let fixture = try Fixture(LogLimits(segmentBytes: 4))
    for _ in 0..<10 { try fixture.log.append { _ in [65, 65, 65, 65] } }
    #expect(fixture.files == 10)
    fixture.log.remove()
    #expect(fixture.files == 0)
  }
}
