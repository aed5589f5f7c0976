import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// `context.explain` over a real socket.
struct ContextExplainTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func tree(_ files: [String: String]) throws -> JSONValue {
    let root = fixture.directory + "/tree"
    try #require(mkdir(root, 0o700) == 0)
    for (name, text) in files { try TemporaryDirectory.write(text, to: root + "/" + name) }
    return .string(root)
  }

  @Test func sizesAreThoseOfTheDigest() throws {
    let client = try fixture.connect()
    let context = JSONValue.string(try fixture.context())
    let digest = try client.call("context.digest", ["context": context])
    let explanation = try client.call("context.explain", ["context": context])
    #expect(explanation["files"] == digest["files"])
    #expect(explanation["sizeBytes"] == digest["sizeBytes"])
    #expect(fixture.engine.builds.isEmpty)
  }

  @Test func linesAndInstructionsHaveTheirShare() throws {
    let context = try tree([
      "Dockerfile": "FROM scratch AS a\nCOPY a /\nFROM scratch\nARG WHAT\nCOPY $WHAT /\n",
      ".dockerignore": "*.log\n# none\ntypo\n", "a": "12", "b": "345", "c.log": "6789",
    ])
    let client = try fixture.connect()
    let explained = try client.call("context.explain", ["context": context, "buildArgs": ["WHAT": "b"]])
    #expect(
      explained["ignored"] == [
        ["pattern": "*.log", "line": 1, "entries": 1, "files": 1, "sizeBytes": 4, "unreadable": 0],
        ["pattern": "typo", "line": 3, "entries": 0, "files": 0, "sizeBytes": 0, "unreadable": 0],
      ])
    #expect(explained["removed"] == ["files": 1, "sizeBytes": 4, "unreadable": 0])
    #expect(
      explained["instructions"] == [
        [
          "keyword": "COPY", "arguments": "$WHAT /", "line": 5, "endLine": 5, "stage": "1", "sources": ["b"],
          "files": 1,
          "sizeBytes": 3,
        ]
      ])
    #expect(explained["unseen"]?["paths"] == [["path": "a", "files": 1, "sizeBytes": 2]])
    // The builder and the target say what is built.
    let classic = try client.call(
      "context.explain", ["context": context, "builder": "classic", "buildArgs": ["WHAT": "b"]])
    #expect(classic["unseen"]?["files"] == 0)
    let first = try client.call("context.explain", ["context": context, "target": "a"])
    #expect(first["unseen"]?["paths"] == [["path": "b", "files": 1, "sizeBytes": 3]])
    let unknown = try client.call("context.explain", ["context": context])
    #expect(unknown["unseen"] == nil && unknown["instructions"]?.arrayValue?.first?["unknownSource"] == "$WHAT")
  }

  @Test func dockerfileAloneIsAContext() throws {
    let params: JSONObject = ["context": ["kind": "inline"], "dockerfileText": "FROM scratch\nCOPY . /\n"]
    let explained = try fixture.connect().call("context.explain", params)
    #expect(explained["files"] == 1 && explained["unseen"]?["files"] == 0)
  }

  @Test func archiveOfADescriptorIsExplained() throws {
    let client = try fixture.connect()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let archive = TestArchive.tar()
    try #require(write(ends[1], archive, archive.count) == archive.count)
    close(ends[1])
    let id = try client.request(
      "context.explain", ["context": ["kind": "fd", "fd": 0, "format": "tar"]], descriptors: [ends[0]])
    close(ends[0])
    let result = try client.answer(to: id).answer["result"] ?? .null
    #expect(result == (try client.call("context.explain", ["context": .string(try fixture.context())])))
  }

  @Test func uploadIsExplained() throws {
    let client = try fixture.connect()
    let archive = TestArchive.tar()
    let begun = try client.call("context.upload.begin", ["format": "tar"])
    let id = try #require(begun["uploadId"])
    _ = try client.call(
      "context.upload.chunk", ["uploadId": id, "offset": 0, "data": .string(Base64.encode(archive))])
    _ = try client.call("context.upload.end", ["uploadId": id])
    let explained = try client.call("context.explain", ["context": ["kind": "upload", "uploadId": id]])
    #expect(explained["files"] == 2 && explained["sizeBytes"] == 23 && explained["ignoreFile"] == nil)
  }

  @Test(
    arguments: [
      (["context": "/nonexistent/x"], "ContextNotFound"), (["context": "/proc"], "ContextPathRefused"),
      (["context": ["kind": "fd", "fd": 0, "format": "tar"]], "DescriptorInvalid"),
      (["context": ["kind": "upload", "uploadId": "none"]], "UploadNotFound"),
      (["context": ["kind": "inline"]], "InvalidParams"),
      (["context": ["kind": "inline"], "dockerfileText": "# none\n"], "DockerfileInvalid"),
    ] as [(JSONObject, String)])
  func whatCannotBeReadIsAnError(params: JSONObject, name: String) throws {
    #expect(try fixture.connect().error("context.explain", params).name == name)
  }

  @Test func ignoreFileThatCannotBeUsedIsAnError() throws {
    let context = try tree(["Dockerfile": "FROM scratch\n", ".dockerignore": "[\n"])
    let error = try fixture.connect().error("context.explain", ["context": context])
    #expect(error.name == "ContextInvalid" && error.detail["line"] == 1)
  }

  @Test func cancelledRequestStopsTheReading() throws {
    let client = try fixture.connect()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let id = try client.request(
      "context.explain", ["context": ["kind": "fd", "fd": 0, "format": "tar"]], descriptors: [ends[0]])
    close(ends[0])
    defer { close(ends[1]) }
    try client.notify("$/cancelRequest", ["id": .integer(id)])
    #expect(try client.answer(to: id).answer["error"]?.code == -32800)
    var entry = pollfd(fd: ends[1], events: 0, revents: 0)
    #expect(poll(&entry, 1, 10_000) == 1 && entry.revents & Int16(POLLERR) != 0)
  }

  /// Long paths of which no byte stands for itself.
  @Test func answerStaysBelowItsLimit() throws {
    let root = fixture.directory + "/tree"
    let deep = Array(repeating: String(repeating: "\u{1}", count: 250), count: 14).joined(separator: "/")
    let places = (100..<130).flatMap { ["\(root)/\(deep)/\($0)/a", "\(root)/\(deep)/\($0)/b"] }
    #expect(try RunningProgram.run(["mkdir", "-p"] + places).exit == .code(0))
    #expect(try RunningProgram.run(["touch"] + places.map { $0 + "/x" }).exit == .code(0))
    let copies = (0..<110).map { "COPY \(String(repeating: "\u{1}x", count: 200))\($0) /" }
    let lines = (0..<520).map { String(repeating: "\u{1}", count: 300) + "\($0)" }
    try TemporaryDirectory.write("FROM scratch\n" + copies.joined(separator: "\n"), to: root + "/Dockerfile")
    try TemporaryDirectory.write(lines.joined(separator: "\n"), to: root + "/.dockerignore")
    let explained = try fixture.connect().call("context.explain", ["context": .string(root)])
    #expect(explained["largest"]?.arrayValue?.count == 20)
    #expect(explained["directories"]?.arrayValue?.count == 21)
    #expect(explained["ignored"]?.arrayValue?.count == 500)
    #expect(explained["instructions"]?.arrayValue?.count == 100)
    #expect(JSONWriter.bytes(of: explained).count > 1 << 20)
  }
}
