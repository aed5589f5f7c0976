import Glibc
import JSONRPC
import SwiftDockProtocol
import Testing

/// Holds the table of errors in Protocol/README.md, "Errors", to `ErrorKind.all`.
struct ErrorTableTests {
  struct Row: Hashable, CustomStringConvertible {
    let code: String
    let name: String
    let retryable: String

    var description: String { "\(code) \(name) retryable: \(retryable)" }
  }

  @Test func documentHasEveryErrorAndNoOther() throws {
    let documented = try Self.documentedRows()
    let known = ErrorKind.all.map {
      Row(code: String($0.code.rawValue), name: $0.name, retryable: $0.isRetryable ? "yes" : "no")
    }
    for row in Set(known).subtracting(documented) { Issue.record("not in the document: \(row)") }
    for row in Set(documented).subtracting(known) { Issue.record("only in the document: \(row)") }
    #expect(documented.count == Set(documented).count, "a row is there twice")
  }

  @Test func documentTellsOfEachErrorWhenItOccurs() throws {
    for cells in try Self.rows(inSection: "Errors") {
      #expect(cells.count == 4 && cells.allSatisfy { !$0.isEmpty }, "\(cells)")
    }
  }

  private static func documentedRows() throws -> [Row] {
    try rows(inSection: "Errors").filter { $0.count >= 3 }.map { Row(code: $0[0], name: $0[1], retryable: $0[2]) }
  }

  /// The cells of the section's table, without its head. In them no `|` stands for itself.
  private static func rows(inSection title: String) throws -> [[String]] {
    let lines = try document().split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "## \(title)"))
    let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
    let head = try #require(section.firstIndex(of: "| Code | Name | Retryable | When |"))
    return section[(head + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map(trimmed)
    }
  }

  private static func trimmed(_ cell: Substring) -> String {
    var cell = cell.drop { $0 == " " }
    while cell.last == " " { cell.removeLast() }
    return String(cell)
  }

  struct Unreadable: Error {
    let path: String
    let errno: Int32
  }

  private static func document() throws -> String {
    let project = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(project)/Protocol/README.md"
    guard let file = fopen(path, "r") else { throw Unreadable(path: path, errno: errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}
