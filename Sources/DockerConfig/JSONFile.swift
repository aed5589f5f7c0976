internal import Glibc
internal import JSON

/// The files that docker keeps its settings in: one JSON object each.
enum JSONFile {
  static let limit = 1 << 20

  /// The JSON object in `file`; nil where there is no such file.
  static func object(in file: String) throws(DockerConfigError) -> JSONObject? {
    guard let bytes = try contents(of: file) else { return nil }
    return try object(bytes, of: file)
  }

  /// - Parameter source: what holds the bytes, for errors.
  static func object(_ bytes: [UInt8], of source: String) throws(DockerConfigError) -> JSONObject {
    let value: JSONValue
    do throws(JSONError) { value = try JSONParser.parse(bytes) } catch { throw .invalidJSON(file: source, error) }
    guard let object = value.objectValue else { throw .wrongType(file: source, member: "(the whole file)") }
    return object
  }

  private static func contents(of file: String) throws(DockerConfigError) -> [UInt8]? {
    // O_NONBLOCK, so that opening a fifo somebody put there does not wait for its writer.
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .unreadable(file: file, errno: errno) }
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: file, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(file: file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        guard errno == EINTR else { throw .unreadable(file: file, errno: errno) }
        continue
      }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else { throw .tooLarge(file: file, limit: limit) }
      bytes += chunk[..<count]
    }
  }
}
