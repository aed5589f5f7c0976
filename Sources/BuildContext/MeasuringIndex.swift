internal import Glibc

/// The index of file digests as one measurement uses it: for the user whose rights it has. Its files are those of
/// filesystems whose times can be relied on.
struct MeasuringIndex {
  private let index: FileDigestIndex
  private let user: UInt32

  init(_ index: FileDigestIndex) {
    self.index = index
    user = geteuid()
    index.walkBegan()
  }

  var isEmpty: Bool { index.count == 0 }

  func digest(of status: FileStatus) -> ContextDigest? { index.digest(of: status, for: user) }

  func wasRead(_ reading: FileReading, at time: FileStatus.Time) { index.wasRead(reading, by: user, at: time) }

  func runWasRead(_ run: FileRun) { index.runWasRead(run, by: user) }

  func contentsDiffered(_ status: FileStatus) { index.contentsDiffered(status, for: user) }
}
