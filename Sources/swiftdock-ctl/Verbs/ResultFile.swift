internal import Glibc

/// A file that a successful build leaves behind at a path that the user chose.
struct ResultFile {
  let path: String

  /// Takes away what an earlier build left, so that nobody takes it for this one's, and finds out early whether there
  /// can be a file.
  init(_ path: String) throws(ProgramError) {
    self.path = path
    var info = stat()
    if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG {
      guard unlink(path) == 0 else { throw Self.failure(path) }
    } else if stat(path, &info) == 0 {
      // A link to a file, a device, a pipe: not this program's to remove.
      guard info.st_mode & S_IFMT != S_IFREG || truncate(path, 0) == 0, access(path, W_OK) == 0 else {
        throw Self.failure(path)
      }
      return
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(directory, W_OK | X_OK) == 0 else { throw Self.failure(path) }
  }

  func write(_ content: [UInt8]) throws(ProgramError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { close(descriptor) }
    guard LocalFile.write(content[...], to: descriptor) else { throw Self.failure(path) }
  }

  private static func failure(_ path: String) -> ProgramError {
    .local("Cannot write \(path): \(LocalFile.text(of: errno)).")
  }
}
