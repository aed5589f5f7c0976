/// A `moby.buildkit.v1.StatusResponse` to be sent, written field by field (buildkit
/// `api/services/control/control.proto`).
package struct FakeEngineTrace: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// A snapshot of a vertex. `started` and `completed` are times in seconds; `group` is one that is shown as one.
  package func vertex(
    _ digest: String, _ name: String, started: Int? = nil, completed: Int? = nil, cached: Bool = false,
    error: String? = nil, group: (id: String, name: String)? = nil
  ) -> FakeEngineTrace {
    var vertex = Self.field(1, digest) + Self.field(3, name)
    if cached { vertex += Self.field(4, 1) }
    if let started { vertex += Self.field(5, Self.field(1, started)) }
    if let completed { vertex += Self.field(6, Self.field(1, completed)) }
    if let error { vertex += Self.field(7, error) }
    if let group { vertex += Self.field(8, Self.field(1, group.id) + Self.field(2, group.name)) }
    return adding(1, vertex)
  }

  package func status(
    _ id: String, of vertex: String, named name: String = "", current: Int = 0, total: Int = 0, completed: Int? = nil
  ) -> FakeEngineTrace {
    var status = Self.field(1, id) + Self.field(2, vertex) + Self.field(4, current) + Self.field(5, total)
    if !name.isEmpty { status += Self.field(3, name) }
    if let completed { status += Self.field(8, Self.field(1, completed)) }
    return adding(2, status)
  }

  /// - Parameter stream: 1 for standard output, 2 for standard error.
  package func log(_ vertex: String, _ bytes: [UInt8], stream: Int = 1) -> FakeEngineTrace {
    adding(3, Self.field(1, vertex) + Self.field(3, stream) + Self.field(4, bytes))
  }

  package func log(_ vertex: String, _ text: String, stream: Int = 1) -> FakeEngineTrace {
    log(vertex, Array(text.utf8), stream: stream)
  }

  package func warning(
    _ vertex: String, short: String, url: String = "", lines: ClosedRange<Int>? = nil
  ) -> FakeEngineTrace {
    var warning = Self.field(1, vertex) + Self.field(3, short) + Self.field(5, url)
    for line in lines ?? 1...1 where lines != nil {
      let position = Self.field(1, line)
      warning += Self.field(7, Self.field(1, position) + Self.field(2, position))
    }
    return adding(4, warning)
  }

  /// In the standard alphabet, padded.
  package var base64: String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let rest = bytes[index...].prefix(3)
      let padded = Array(rest) + [0, 0]
      let group = UInt32(padded[0]) << 16 | UInt32(padded[1]) << 8 | UInt32(padded[2])
      for digit in 0..<4 {
        out.append(digit > rest.count ? UInt8(ascii: "=") : alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)])
      }
      index += 3
    }
    return String(decoding: out, as: UTF8.self)
  }

  private func adding(_ number: Int, _ message: [UInt8]) -> FakeEngineTrace {
    var copy = self
    copy.bytes += Self.field(number, message)
    return copy
  }

  private static func field(_ number: Int, _ value: Int) -> [UInt8] {
    varint(UInt64(number) << 3) + varint(UInt64(bitPattern: Int64(value)))
  }

  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(UInt64(number) << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  private static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var out: [UInt8] = []
    var rest = value
    repeat {
      let group = UInt8(rest & 0x7F)
      rest >>= 7
      out.append(rest == 0 ? group : group | 0x80)
    } while rest != 0
    return out
  }
}
