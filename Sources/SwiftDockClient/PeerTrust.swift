internal import Glibc

/// Whether the process that listens on a socket may be told what this user builds.
enum PeerTrust {
  /// - Parameters:
  ///   - peer: uid of the process that listens.
  ///   - path: of the socket.
  static func isTrusted(peer: UInt32, path: String) -> Bool {
    let own = geteuid()
    if peer == own || peer == 0 { return true }
    var socket = stat()
    guard lstat(path, &socket) == 0, socket.st_uid == peer else { return false }
    return onlyThese([0, own, peer], mayChange: directory(of: path))
  }

  /// Whether each directory from `path` up to the root belongs to one of `users` and is closed to everybody else.
  private static func onlyThese(_ users: Set<UInt32>, mayChange path: String) -> Bool {
    guard let resolved = realpath(path, nil) else { return false }
    defer { free(resolved) }
    var directory = String(cString: resolved)
    while true {
      var info = stat()
      guard lstat(directory, &info) == 0, users.contains(info.st_uid), info.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
        return false
      }
      guard directory != "/" else { return true }
      directory = Self.directory(of: directory)
    }
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The group that the socket, or else the last directory on the way that can be looked at, is open to. nil where
  /// it is open to none, or has no name.
  static func groupNeeded(for path: String) -> String? {
    var place = path
    var info = stat()
    while lstat(place, &info) != 0 {
      guard place != "/", place != "." else { return nil }
      place = directory(of: place)
    }
    guard info.st_mode & (S_IWGRP | S_IXGRP) != 0, info.st_gid != 0 else { return nil }
    return name(ofGroup: info.st_gid)
  }

  private static func name(ofGroup gid: gid_t) -> String? {
    var storage = [CChar](repeating: 0, count: 16_384)
    return storage.withUnsafeMutableBufferPointer { storage in
      var entry = group()
      var found: UnsafeMutablePointer<group>?
      guard getgrgid_r(gid, &entry, storage.baseAddress, storage.count, &found) == 0, found != nil,
        let name = entry.gr_name
      else { return nil }
      return String(cString: name)
    }
  }
}
