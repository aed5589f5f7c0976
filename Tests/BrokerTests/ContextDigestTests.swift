import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// `context.digest` over a real socket.
struct ContextDigestTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test func digestIsTheOneThatABuildHas() throws {
    let client = try fixture.connect()
    let context = JSONValue.string(try fixture.context())
    let digest = try client.call("context.digest", ["context": context])
    let build = try fixture.build(["context": context])
    #expect(digest["contextDigest"] == build["contextDigest"])
    #expect(digest.number("files") == 2)
    #expect(digest.number("sizeBytes") == 23)
    #expect(fixture.engine.builds.count == 1)
  }

  /// What an ignore file for one Dockerfile excludes is known to BuildKit alone.
  @Test func digestIsAMatterOfTheBuilderAndOfTheDockerfile() throws {
    let client = try fixture.connect()
    let files = [
      "Dockerfile": "FROM scratch\n", "a": "a", "Dockerfile.dockerignore": "a\n", "b/Other": "FROM scratch\n",
    ]
    try #require(mkdir(fixture.directory + "/tree", 0o700) == 0 && mkdir(fixture.directory + "/tree/b", 0o700) == 0)
    for (name, text) in files { try TemporaryDirectory.write(text, to: fixture.directory + "/tree/" + name) }
    let context = JSONValue.string(fixture.directory + "/tree")
    func count(_ params: JSONObject) throws -> Int64 {
      var params = params
      params["context"] = context
      return try client.call("context.digest", params).number("files")
    }
    #expect(try count(["builder": "buildkit"]) == 3)
    #expect(try count(["builder": "classic"]) == 4)
    #expect(try count([:]) == 3)
    #expect(try count(["dockerfile": "b/Other"]) == 4)
    #expect(try count(["dockerfileText": "FROM scratch\n"]) == 5)
  }

  @Test func dockerfileAloneIsAContext() throws {
    let params: JSONObject = ["context": ["kind": "inline"], "dockerfileText": "FROM scratch\n"]
    let digest = try fixture.connect().call("context.digest", params)
    #expect(digest["contextDigest"] == (try fixture.build(params))["contextDigest"])
  }

  @Test func archiveOfADescriptorHasItsDigest() throws {
    let client = try fixture.connect()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let archive = TestArchive.tar()
    try #require(write(ends[1], archive, archive.count) == archive.count)
    close(ends[1])
    let id = try client.request(
      "context.digest", ["context": ["kind": "fd", "fd": 0, "format": "tar"]], descriptors: [ends[0]])
    close(ends[0])
    let result = try client.answer(to: id).answer["result"] ?? .null
    let tree = try client.call("context.digest", ["context": .string(try fixture.context())])
    #expect(result == tree)
  }

  @Test(
    arguments: [
      (["context": "/nonexistent/x"], "ContextNotFound"), (["context": "/proc"], "ContextPathRefused"),
      (["context": ["kind": "fd", "fd": 0, "format": "tar"]], "DescriptorInvalid"),
      (["context": ["kind": "upload", "uploadId": "none"]], "UploadNotFound"),
      (["context": ["kind": "inline"]], "InvalidParams"),
    ] as [(JSONObject, String)])
  func whatCannotBeReadIsAnError(params: JSONObject, name: String) throws {
    #expect(try fixture.connect().error("context.digest", params).name == name)
  }

  @Test func cancelledRequestStopsTheReading() throws {
    let client = try fixture.connect()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let id = try client.request(
      "context.digest", ["context": ["kind": "fd", "fd": 0, "format": "tar"]], descriptors: [ends[0]])
    close(ends[0])
    defer { close(ends[1]) }
    try client.notify("$/cancelRequest", ["id": .integer(id)])
    #expect(try client.answer(to: id).answer["error"]?.code == -32800)
    // Nobody reads any more once the broker has let go of it.
    var entry = pollfd(fd: ends[1], events: 0, revents: 0)
    #expect(poll(&entry, 1, 10_000) == 1 && entry.revents & Int16(POLLERR) != 0)
  }

  /// The work that goes on under the cancelled request says nothing to the next one with its id.
  @Test func idOfACancelledRequestIsFreeForAnother() throws {
    let client = try fixture.connect()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let request: JSONValue = [
      "jsonrpc": "2.0", "id": "again", "method": "context.digest",
      "params": ["context": ["kind": "fd", "fd": 0, "format": "tar"]],
    ]
    try client.send(raw: JSONWriter.bytes(of: request) + [0x0A], descriptors: [ends[0]])
    close(ends[0])
    defer { close(ends[1]) }
    try client.notify("$/cancelRequest", ["id": "again"])
    try client.send([
      "jsonrpc": "2.0", "id": "again", "method": "context.digest",
      "params": ["context": ["kind": "inline"], "dockerfileText": "FROM scratch\n"],
    ])
    let answers = [try client.next(), try client.next()]
    #expect(answers.map { $0["id"] } == ["again", "again"])
    #expect(answers.first?["error"]?.code == -32800)
    #expect(answers.last?["result"]?.number("files") == 1)
  }
}
