import Glibc
import Testing

@testable import BuildContext

struct FileDigestTableTests {
  private static let now = FileStatus.Time(seconds: 1_000_000, nanoseconds: 500)
  private static let long = FileStatus.Time(seconds: 1000, nanoseconds: 7)

  private func file(
    _ inode: UInt64, device: UInt64 = 1, size: Int64 = 10, modified: FileStatus.Time = long,
    changed: FileStatus.Time = long
  ) -> FileStatus {
    FileStatus(
      identity: FileStatus.Identity(device: device, inode: inode), size: size, modified: modified, changed: changed)
  }

  private func digest(_ number: UInt64) -> ContextDigest {
    ContextDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * ($0 % 8))) })
  }

  @Test func aFileThatWasReadIsKnown() {
    var table = FileDigestTable(limit: 10)
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(1))
    #expect(table.digest(of: file(1), for: 5) == digest(1))
    #expect(table.digest(of: file(2), for: 5) == nil)
  }

  private struct Difference: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var inode: UInt64 = 1
    var device: UInt64 = 1
    var size: Int64 = 10
    var modified = FileDigestTableTests.long
    var changed = FileDigestTableTests.long
    var user: UInt32 = 5
  }

  private static let later = FileStatus.Time(seconds: 1000, nanoseconds: 8)

  @Test(arguments: [
    Difference(testDescription: "inode", inode: 2), Difference(testDescription: "device", device: 2),
    Difference(testDescription: "size", size: 11), Difference(testDescription: "modified", modified: later),
    Difference(testDescription: "changed", changed: later), Difference(testDescription: "user", user: 6),
  ])
  private func anyDifferenceMakesItUnknown(difference: Difference) {
    var table = FileDigestTable(limit: 10)
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(1))
    let other = file(
      difference.inode, device: difference.device, size: difference.size, modified: difference.modified,
      changed: difference.changed)
    #expect(table.digest(of: other, for: difference.user) == nil)
    #expect(table.digest(of: file(1), for: 5) == digest(1))
  }

  @Test(
    arguments: [
      (Int64(60), Int64(500), true), (60, 501, false), (59, 0, false), (61, 999_999_999, true), (-5, 0, false),
    ])
  func onlyAFileThatHasRestedForAMinuteIsRemembered(age: Int64, nanoseconds: Int64, isRemembered: Bool) {
    let time = FileStatus.Time(seconds: Self.now.seconds - age, nanoseconds: nanoseconds)
    for status in [file(1, modified: time), file(1, changed: time)] {
      var table = FileDigestTable(limit: 10)
      table.fileWasRead(status, by: 5, at: Self.now, digest: digest(1))
      #expect((table.digest(of: status, for: 5) != nil) == isRemembered)
      #expect(table.count == (isRemembered ? 1 : 0))
    }
  }

  @Test func aLaterReadingTakesThePlaceOfAnEarlierOne() {
    var table = FileDigestTable(limit: 10)
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(1))
    table.fileWasRead(file(1, size: 11), by: 5, at: Self.now, digest: digest(2))
    #expect(table.count == 1)
    #expect(table.digest(of: file(1), for: 5) == nil)
    #expect(table.digest(of: file(1, size: 11), for: 5) == digest(2))
  }

  @Test func withoutRoomNothingIsRemembered() {
    var table = FileDigestTable(limit: 0)
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(1))
    #expect(table.digest(of: file(1), for: 5) == nil)
  }

  // MARK: - A full table

  @Test func filesThatNoRecentWalkNeededGiveWay() {
    var table = FileDigestTable(limit: 100)
    table.walkBegan()
    for inode in 0..<100 { table.fileWasRead(file(UInt64(inode)), by: 5, at: Self.now, digest: digest(UInt64(inode))) }
    table.walkBegan()
    // Of the first walk's files, this one still needs the even ones.
    for inode in stride(from: 0, to: 100, by: 2) { #expect(table.digest(of: file(UInt64(inode)), for: 5) != nil) }
    for inode in 100..<150 {
      table.fileWasRead(file(UInt64(inode)), by: 5, at: Self.now, digest: digest(UInt64(inode)))
    }
    #expect(table.count == 100)
    for inode in 0..<150 {
      let isKept = inode >= 100 || inode % 2 == 0
      #expect(table.digest(of: file(UInt64(inode)), for: 5) == (isKept ? digest(UInt64(inode)) : nil), "\(inode)")
    }
  }

  @Test func aTreeLargerThanTheTableKeepsWhatItHas() {
    var table = FileDigestTable(limit: 100)
    for _ in 1...3 {
      table.walkBegan()
      var known = 0
      for inode in 0..<300 {
        if table.digest(of: file(UInt64(inode)), for: 5) != nil {
          known += 1
        } else {
          table.fileWasRead(file(UInt64(inode)), by: 5, at: Self.now, digest: digest(UInt64(inode)))
        }
      }
      #expect(table.count == 100)
      #expect(known == 0 || known == 100)
    }
    table.walkBegan()
    #expect((0..<300).count { table.digest(of: file(UInt64($0)), for: 5) != nil } == 100)
  }

  @Test func manyFilesThatComeAndGoAreFoundAsADictionaryFindsThem() {
    var table = FileDigestTable(limit: 500)
    var kept: [UInt64: UInt64] = [:]
    var random = SystemRandomNumberGenerator()
    for round in 0..<20 {
      table.walkBegan()
      for _ in 0..<400 {
        let inode = UInt64.random(in: 0..<1500, using: &random)
        let value = UInt64(round) << 32 | inode
        table.fileWasRead(file(inode), by: 5, at: Self.now, digest: digest(value))
        kept[inode] = value
      }
      var found = 0
      for (inode, value) in kept {
        guard let known = table.digest(of: file(inode), for: 5) else { continue }
        found += 1
        #expect(known == digest(value))
      }
      #expect(found == table.count && found <= 500)
    }
    #expect(table.count == 500)
  }

  // MARK: - Digests that were wrong

  @Test func oneWrongDigestEndsTheTrustInAllOfThatUser() {
    var table = FileDigestTable(limit: 10)
    for inode in 1...4 { table.fileWasRead(file(UInt64(inode)), by: 5, at: Self.now, digest: digest(1)) }
    table.fileWasRead(file(9), by: 6, at: Self.now, digest: digest(9))
    table.contentsDiffered(file(2), for: 5)
    #expect(table.count == 1)
    #expect(table.digest(of: file(1), for: 5) == nil)
    #expect(table.digest(of: file(9), for: 6) == digest(9))
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(3))
    #expect(table.digest(of: file(1), for: 5) == digest(3))
  }

  @Test func aFileThatShowsItsChangeSaysNothingOfOthers() {
    var table = FileDigestTable(limit: 10)
    table.fileWasRead(file(1), by: 5, at: Self.now, digest: digest(1))
    table.contentsDiffered(file(1, size: 11), for: 5)
    table.contentsDiffered(file(2), for: 5)
    table.contentsDiffered(file(1), for: 6)
    #expect(table.digest(of: file(1), for: 5) == digest(1))
  }
}

extension FileStatus {
  fileprivate init(identity: Identity, size: Int64, modified: Time, changed: Time) {
    var status = stat()
    status.st_dev = dev_t(identity.device)
    status.st_ino = ino_t(identity.inode)
    status.st_mode = S_IFREG | 0o644
    status.st_size = off_t(size)
    status.st_mtim = timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))
    status.st_ctim = timespec(tv_sec: Int(changed.seconds), tv_nsec: Int(changed.nanoseconds))
    self.init(status)
  }
}
