internal import CLinux

/// On which filesystems the times of files can be relied on, as far as a measurement has met them.
struct ReliableTimes {
  private var devices: [UInt64: Bool] = [:]
  private var last: (device: UInt64, isReliable: Bool)?

  /// - Parameters:
  ///   - status: of a file.
  ///   - directory: which holds it.
  mutating func cover(_ status: FileStatus, in directory: Int32) -> Bool {
    let device = status.identity.device
    if let last, last.device == device { return last.isReliable }
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
    let isReliable = cl_keeps_reliable_times(directory) == 1
    devices[device] = isReliable
    last = (device, isReliable)
    return isReliable
  }
}
