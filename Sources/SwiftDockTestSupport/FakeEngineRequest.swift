/// What a client has asked.
package struct FakeEngineRequest: Sendable, Equatable {
  package let method: String
  /// As it was sent, up to the query, percent-encoding and version included.
  package let target: String
  /// Without version and query, decoded.
  package let path: String
  /// Decoded, in the order it was sent.
  package let query: [Parameter]
  package let fields: [Parameter]
  /// Bytes of the body that were read.
  package internal(set) var bodySize = 0
  /// The body, where the handler asked to keep it.
  package internal(set) var body: [UInt8]?

  package struct Parameter: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// The first parameter of that name in the query.
  package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

  package func parameters(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }

  /// The first field of that name, in any letter case.
  package func field(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

extension FakeEngineRequest {
  /// - Parameter head: request line and fields, without the empty line.
  init(parsing head: String) throws(FakeEngineFailure) {
    // CR LF is one Character.
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" else { throw .malformedRequest }
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    method = String(words[0])
    target = String(words[1])
    var segments = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    if segments.count > 2, segments[1].hasPrefix("v1.") { segments.remove(at: 1) }
    path = Self.decoded(segments.joined(separator: "/"))
    query = (parts.count == 2 ? parts[1] : "").split(separator: "&").map { pair in
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Parameter(
        name: Self.decoded(String(halves[0])), value: halves.count == 2 ? Self.decoded(String(halves[1])) : "")
    }
    fields = lines.dropFirst().map { line in
      let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return Parameter(name: String(halves[0]), value: halves.count == 2 ? String(halves[1].drop { $0 == " " }) : "")
    }
  }

  private static func decoded(_ text: String) -> String {
    var out: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        out.append(value)
        rest = rest.dropFirst(2)
      } else {
        out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// A method and a path in which `*` stands for anything.
struct FakeEngineRoute {
  private let method: Substring
  private let pieces: [Substring]

  init(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    method = words.first ?? ""
    pieces = (words.dropFirst().first ?? "").split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
  }

  func matches(_ request: FakeEngineRequest) -> Bool {
    guard request.method == method, let first = pieces.first else { return false }
    guard pieces.count == 2 else { return request.path == first }
    return request.path.utf8.count >= first.utf8.count + pieces[1].utf8.count && request.path.hasPrefix(first)
      && request.path.hasSuffix(pieces[1])
  }
}
