internal import CLinux

/// On which filesystems the times of files can be relied on, as far as they were met.
struct ReliableTimes {
  private var devices: [UInt64: Bool] = [:]
  private var last: (device: UInt64, isReliable: Bool)?

  /// - Parameters:
  ///   - status: of a file.
  ///   - directory: which holds it.
  mutating func covers(_ status: FileStatus, in directory: Int32) -> Bool {
    if let known = known(status.identity.device) { return known }
    do throws(SystemError) {
      let holder = try FileStatus(of: directory)
      // A single file may be mounted from elsewhere; the filesystem of its directory says nothing of it.
      return holder.identity.device == status.identity.device && covers(holder, of: directory)
    } catch {
      return false
    }
  }

  /// - Parameter status: of what is open there.
  mutating func covers(_ status: FileStatus, of descriptor: Int32) -> Bool {
    let device = status.identity.device
    if let known = known(device) { return known }
    let isReliable = cl_keeps_reliable_times(descriptor) == 1
    devices[device] = isReliable
    last = (device, isReliable)
    return isReliable
  }

  private mutating func known(_ device: UInt64) -> Bool? {
    if let last, last.device == device { return last.isReliable }
    guard let known = devices[device] else { return nil }
    last = (device, known)
    return known
  }
}
