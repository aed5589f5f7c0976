internal import Glibc

/// The file that this process was started from, to tell whether there is another one in its place now.
struct ExecutableFile {
  private let path: String?
  private let identity: [UInt64]?

  init() {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    path = count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    identity = path.flatMap(Self.identity)
  }

  var wasReplaced: Bool {
    guard let path, let identity else { return false }
    return Self.identity(path) != identity
  }

  private static func identity(_ path: String) -> [UInt64]? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    return [
      UInt64(info.st_dev), UInt64(info.st_ino), UInt64(bitPattern: Int64(info.st_mtim.tv_sec)),
      UInt64(bitPattern: Int64(info.st_size)),
    ]
  }
}
