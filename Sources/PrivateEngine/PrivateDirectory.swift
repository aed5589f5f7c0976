import CLinux
import Glibc

/// Directories that only this user can write to.
enum PrivateDirectory {
  /// Makes the directory with mode 0700, or makes sure that the one which is there can be trusted. Its parent has to
  /// be there.
  static func make(_ path: String) throws(PrivateEngineError) {
    if mkdir(path, 0o700) == 0 { return }
    guard errno == EEXIST else { throw .system(call: "mkdir", path: path, errno: errno) }
    guard try status(ofPrivate: path) != nil else { throw .system(call: "mkdir", path: path, errno: EEXIST) }
  }

  /// Absolute and without symbolic links.
  static func resolved(_ path: String) throws(PrivateEngineError) -> String {
    guard let pointer = realpath(path, nil) else { throw .system(call: "realpath", path: path, errno: errno) }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  /// Removes the directory with everything in it; one that is not there is no error. Follows no symbolic link and
  /// leaves what another file system holds, which then fails with EBUSY or ENOTEMPTY.
  static func remove(_ path: String) throws(PrivateEngineError) {
    guard let status = try status(ofPrivate: path) else { return }
    try empty(path, depth: 0, device: status.st_dev)
    guard rmdir(path) == 0 || errno == ENOENT else { throw .system(call: "rmdir", path: path, errno: errno) }
  }

  /// Nil where nothing is there; an error where something else than a directory of this user's own is.
  private static func status(ofPrivate path: String) throws(PrivateEngineError) -> stat? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw .system(call: "lstat", path: path, errno: errno) }
      return nil
    }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      throw .notPrivate(path)
    }
    return status
  }

  /// What is in an Engine's runtime directory is no deeper than this; far deeper paths would not be usable.
  private static let depthLimit = 64

  private static func empty(_ path: String, depth: Int, device: dev_t) throws(PrivateEngineError) {
    guard depth < depthLimit else { throw .system(call: "rmdir", path: path, errno: ENAMETOOLONG) }
    guard let stream = opendir(path) else { throw .system(call: "opendir", path: path, errno: errno) }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .system(call: "readdir", path: path, errno: errno) }
        return
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name != ".", name != ".." else { continue }
      let child = path + "/" + name
      var status = stat()
      guard lstat(child, &status) == 0 else {
        guard errno == ENOENT else { throw .system(call: "lstat", path: child, errno: errno) }
        continue
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        guard unlink(child) == 0 || errno == ENOENT else { throw .system(call: "unlink", path: child, errno: errno) }
        continue
      }
      if status.st_dev == device { try empty(child, depth: depth + 1, device: device) }
      guard rmdir(child) == 0 || errno == ENOENT else { throw .system(call: "rmdir", path: child, errno: errno) }
    }
  }
}
