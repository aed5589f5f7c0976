internal import CLinux
internal import Glibc

/// What the kernel says of a file.
struct FileStatus: Equatable {
  /// Which file it is, while it exists.
  struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  /// Since 1970.
  struct Time: Equatable, Comparable {
    let seconds: Int64
    let nanoseconds: Int64

    /// By the clock of the system.
    static var now: Time {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Time(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    static func < (left: Time, right: Time) -> Bool {
      (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
  }

  let identity: Identity
  let links: UInt64
  /// File type and permission bits, as `st_mode`.
  let mode: UInt32
  let size: Int64
  let modified: Time
  let changed: Time
  /// For device files.
  let representedDevice: UInt64

  init(_ status: stat) {
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    links = UInt64(status.st_nlink)
    mode = status.st_mode
    size = Int64(status.st_size)
    modified = Time(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    changed = Time(seconds: Int64(status.st_ctim.tv_sec), nanoseconds: Int64(status.st_ctim.tv_nsec))
    representedDevice = UInt64(status.st_rdev)
  }

  init(of descriptor: Int32) throws(SystemError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError.current }
    self.init(status)
  }

  /// Of the file itself, also where it is a symbolic link.
  init(of name: ArraySlice<UInt8>, in directory: Int32) throws(SystemError) {
    self = try ContextPath.withTerminated(name) { Self.status(of: $0, in: directory) }.get()
  }

  /// As above, of a leaf.
  init(of place: TreePlace, in directory: Int32) throws(SystemError) {
    self = try place.withName { Self.status(of: $0, in: directory) }.get()
  }

  private static func status(of name: UnsafePointer<CChar>, in directory: Int32) -> Result<FileStatus, SystemError> {
    var status = stat()
    guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .failure(.current) }
    return .success(FileStatus(status))
  }

  /// Whether nothing that the kernel says of the contents has changed since `earlier`.
  func isUnchanged(since earlier: FileStatus) -> Bool {
    identity == earlier.identity && mode == earlier.mode && size == earlier.size && modified == earlier.modified
      && changed == earlier.changed
  }

  /// Whether the times of modification and change lie at least so many seconds before `now`.
  func hasRested(_ seconds: Int64, at now: Time) -> Bool {
    let latest = Time(seconds: now.seconds - seconds, nanoseconds: now.nanoseconds)
    return modified <= latest && changed <= latest
  }

  var type: FileType? { FileType(mode: mode) }
  var permissions: UInt16 { UInt16(mode & 0o7777) }
  var majorNumber: UInt32 { cl_device_major(representedDevice) }
  var minorNumber: UInt32 { cl_device_minor(representedDevice) }
}
