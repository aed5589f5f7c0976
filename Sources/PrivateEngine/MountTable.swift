import CLinux
import Glibc

/// The mounts that a process sees, in the order of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)): a later one may
/// cover an earlier one at the same point.
struct MountTable {
  /// Far above the mounts that a kernel allows in one namespace by default (100,000).
  static let byteLimit = 1 << 26

  struct Mount: Equatable {
    let id: Int
    let parent: Int
    /// `major:minor` of the file system.
    let device: [UInt8]
    /// The directory of the file system that is mounted.
    let root: [UInt8]
    let point: [UInt8]
    /// The file system's own options, such as `upperdir=` of an overlay.
    let options: [UInt8]
  }

  let mounts: [Mount]

  /// Lines that are not of mountinfo's form are left out.
  init(_ bytes: [UInt8]) {
    mounts = bytes.split(separator: UInt8(ascii: "\n")).compactMap(Mount.init)
  }

  /// Nil where the process has ended.
  static func of(process: String) throws(PrivateEngineError) -> MountTable? {
    guard let bytes = try KernelFile.contents(of: "/proc/\(process)/mountinfo", limit: byteLimit) else { return nil }
    return MountTable(bytes)
  }

  /// Where the directory is in its file system: the device, and the path from the file system's own root.
  func place(of directory: [UInt8]) -> (device: [UInt8], path: [UInt8])? {
    let holders = mounts.filter { directory.isWithin($0.point) }
    guard let length = holders.map(\.point.count).max(), let holder = holders.last(where: { $0.point.count == length })
    else { return nil }
    return (holder.device, holder.path(of: directory))
  }

  /// The mounts that an Engine left at or below its directories, in the order in which they can be taken away.
  ///
  /// dockerd mounts its data-root onto itself. Another mount at that very place was made by a person who keeps the
  /// data on a file system of its own, and is not among these.
  func left(by layout: EngineLayout) -> [Mount] {
    let dataRoot = Array(layout.dataRoot.utf8)
    let execRoot = Array(layout.execRoot.utf8)
    let left = mounts.filter { mount in
      if mount.point == dataRoot { return isOntoItself(mount) }
      return mount.point.isWithin(dataRoot) || mount.point.isWithin(execRoot)
    }
    // A later mount first where they have the same point; and what is inside before what it is in.
    return left.reversed().enumerated()
      .sorted { ($1.element.point.count, $0.offset) < ($0.element.point.count, $1.offset) }
      .map(\.element)
  }

  private func isOntoItself(_ mount: Mount) -> Bool {
    guard let parent = mounts.first(where: { $0.id == mount.parent }), mount.point.isWithin(parent.point) else {
      return false
    }
    return parent.device == mount.device && parent.path(of: mount.point) == mount.root
  }
}

extension MountTable.Mount {
  /// `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`, with any number of fields
  /// before the hyphen.
  fileprivate init?(_ line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard fields.count >= 10, let hyphen = fields[6...].firstIndex(of: [UInt8(ascii: "-")]),
      fields.count > hyphen + 3, let id = Int(String(decoding: fields[0], as: UTF8.self)),
      let parent = Int(String(decoding: fields[1], as: UTF8.self))
    else { return nil }
    self.id = id
    self.parent = parent
    device = Array(fields[2])
    root = Self.unescaped(fields[3])
    point = Self.unescaped(fields[4])
    options = Self.unescaped(fields[hyphen + 3])
  }

  /// White space, backslash and `#` are written as three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      guard byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(3)
    }
    return bytes
  }

  /// The place in the mounted file system of a path at or below the mount's point.
  fileprivate func path(of directory: [UInt8]) -> [UInt8] {
    let below = point == [UInt8(ascii: "/")] ? directory[...] : directory.dropFirst(point.count)
    return root == [UInt8(ascii: "/")] && !below.isEmpty ? Array(below) : root + below
  }
}

extension [UInt8] {
  /// Whether this path is that directory or below it; both absolute and without a slash at the end.
  func isWithin(_ directory: [UInt8]) -> Bool {
    guard directory != [UInt8(ascii: "/")] else { return first == UInt8(ascii: "/") }
    guard starts(with: directory) else { return false }
    return count == directory.count || self[directory.count] == UInt8(ascii: "/")
  }
}
