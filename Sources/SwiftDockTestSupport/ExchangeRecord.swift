internal import Glibc
internal import JSON
internal import Synchronization

/// Writes down what one connection of a test exchanges with a broker, where `SWIFTDOCK_TEST_EXCHANGES` names a
/// directory: a file of JSON lines, which `Tests/OpenRPC/check.py` describes and reads.
package final class ExchangeRecord: Sendable {
  /// So that files of one process have different names.
  private static let count = Atomic(0)

  private let descriptor: Int32
  /// Bytes of the file; nil once a line did not fit, as where a test limits the size of files: the record ends there.
  private let size = Mutex<Int?>(0)

  /// nil where nothing is to be written down.
  /// - Parameter test: its name.
  package init?(test: String) throws {
    guard let directory = getenv("SWIFTDOCK_TEST_EXCHANGES"), directory.pointee != 0 else { return nil }
    let number = Self.count.add(1, ordering: .relaxed).newValue
    let path = "\(String(cString: directory))/\(getpid())-\(number).jsonl"
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ProgramFailure("open \(path): errno \(errno)") }
    write("test", JSONWriter.bytes(of: .string(test)))
  }

  deinit { close(descriptor) }

  /// - Parameter message: compact JSON, on one line.
  package func sent(_ message: some Sequence<UInt8>) { write("sent", message) }
  package func received(_ message: some Sequence<UInt8>) { write("received", message) }

  /// - Parameter bytes: which may be anything, split anywhere.
  package func sent(bytes: some Sequence<UInt8>) { write("sentText", Self.quoted(bytes)) }
  package func received(bytes: some Sequence<UInt8>) { write("receivedText", Self.quoted(bytes)) }

  private static func quoted(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    JSONWriter.bytes(of: .string(String(decoding: Array(bytes), as: UTF8.self)))
  }

  private func write(_ name: String, _ json: some Sequence<UInt8>) {
    let line = Array("{\"\(name)\":".utf8) + json + Array("}\n".utf8)
    size.withLock { size in
      guard let before = size else { return }
      let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      size = count == line.count ? before + count : nil
      // Should this fail, too, the reader finds a line that is no JSON.
      if size == nil { ftruncate(descriptor, before) }
    }
  }
}
