internal import CLinux
internal import Glibc

/// The index of file digests as one measurement uses it: for the user whose rights it has, and on the filesystems whose
/// times of change can be relied on.
struct MeasuringIndex {
  private let index: FileDigestIndex
  private let user: UInt32
  /// Whether files there are covered, for each device that was met.
  private var devices: [UInt64: Bool] = [:]
  private var last: (device: UInt64, isCovered: Bool)?

  init(_ index: FileDigestIndex) {
    self.index = index
    user = geteuid()
    index.walkBegan()
  }

  /// - Parameter directory: which holds the file.
  mutating func covers(_ status: FileStatus, in directory: Int32) -> Bool {
    let device = status.identity.device
    if let last, last.device == device { return last.isCovered }
    if let known = devices[device] {
      last = (device, known)
      return known
    }
    do throws(SystemError) {
      // A single file may be mounted from elsewhere; the filesystem of its directory says nothing of it.
      guard try FileStatus(of: directory).identity.device == device else { return false }
    } catch {
      return false
    }
    let isCovered = cl_keeps_reliable_times(directory) == 1
    devices[device] = isCovered
    last = (device, isCovered)
    return isCovered
  }

  var isEmpty: Bool { index.count == 0 }

  /// - Parameter status: of a file that is covered.
  func digest(of status: FileStatus) -> ContextDigest? { index.digest(of: status, for: user) }

  func wasRead(_ reading: FileReading, at time: FileStatus.Time) { index.wasRead(reading, by: user, at: time) }

  func runWasRead(_ run: FileRun) { index.runWasRead(run, by: user) }

  func contentsDiffered(_ status: FileStatus) { index.contentsDiffered(status, for: user) }
}
