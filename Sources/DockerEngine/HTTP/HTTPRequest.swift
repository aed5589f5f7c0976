/// Request line and fields of one request (RFC 9112 section 3), made from a path and a query in plain text.
struct HTTPRequest: Sendable {
  enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST", delete = "DELETE" }

  /// Engines (Go's net/http) close without an answer where request line and fields pass 1 MiB; this stays below.
  static let limit = (1 << 20) - 16_384

  let method: Method
  /// Percent-encoded where needed; `/`, `:` and `@` stand for themselves, so that an image's name can be part of it.
  let path: String
  var query: Query
  /// Values are the caller's and hold no CR or LF.
  var fields: [(name: String, value: String)]

  init(_ method: Method, _ path: String, query: Query = Query(), fields: [(name: String, value: String)] = []) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
  }

  /// The bytes up to and including the empty line. One connection serves one request.
  /// - Throws: `EngineError.requestTooLarge`.
  func head(contentLength: Int64?) throws(EngineError) -> [UInt8] {
    var text = "\(method.rawValue) \(PercentEncoding.path(path))"
    if !query.text.isEmpty { text += "?" + query.text }
    text += " HTTP/1.1\r\nHost: docker\r\nUser-Agent: swiftdock\r\nConnection: close\r\n"
    for field in fields { text += "\(field.name): \(field.value)\r\n" }
    if let contentLength { text += "Content-Length: \(contentLength)\r\n" }
    text += "\r\n"
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.limit else { throw .requestTooLarge(bytes: bytes.count, limit: Self.limit) }
    return bytes
  }
}

/// Parameters of a request, in the order they were added. Both Go's parser and its order of repeated names see them
/// as they are.
struct Query: Sendable, Equatable {
  private(set) var text = ""

  mutating func add(_ name: String, _ value: String) {
    if !text.isEmpty { text += "&" }
    text += PercentEncoding.parameter(name) + "=" + PercentEncoding.parameter(value)
  }

  /// Engines take anything but `""`, `0`, `no`, `false` and `none` for true.
  mutating func add(_ name: String, _ value: Bool) { add(name, value ? "1" : "0") }
}

/// RFC 3986 section 2.
enum PercentEncoding {
  static func parameter(_ text: String) -> String { encode(text, keeping: "-._~") }

  static func path(_ text: String) -> String { encode(text, keeping: "-._~/:@") }

  private static func encode(_ text: String, keeping marks: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        out.append(byte)
      case _ where marks.utf8.contains(byte): out.append(byte)
      default:
        out.append(UInt8(ascii: "%"))
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
