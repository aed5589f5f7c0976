import BuildScheduling
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Contexts that come in pieces.
struct UploadTests {
  private static let archive = TestArchive.tar()

  private let fixture: BrokerFixture
  private let client: WireClient

  init() throws {
    fixture = try BrokerFixture()
    client = try fixture.connect()
  }

  private func begin(_ params: JSONObject = ["format": "tar"]) throws -> JSONValue {
    try client.call("context.upload.begin", params)["uploadId"] ?? .null
  }

  private func chunk(_ id: JSONValue, _ offset: Int, _ bytes: some Collection<UInt8>) -> JSONObject {
    ["uploadId": id, "offset": .integer(Int64(offset)), "data": .string(Base64.encode(bytes))]
  }

  private func build(_ id: JSONValue) throws -> JSONValue {
    try fixture.build(["context": ["kind": "upload", "uploadId": id]])
  }

  @Test func piecesMakeTheContextThatTheirTreeHas() throws {
    let begun = try client.call(
      "context.upload.begin", ["format": "tar", "sizeBytes": .integer(Int64(Self.archive.count))])
    #expect(begun["maxChunkBytes"] == 1_048_576)
    let id = begun["uploadId"] ?? .null
    var offset = 0
    while offset < Self.archive.count {
      let piece = Self.archive[offset...].prefix(700)
      let stored = try client.call("context.upload.chunk", chunk(id, offset, piece))
      offset += piece.count
      #expect(stored["received"] == .integer(Int64(offset)))
    }
    #expect(try client.error("build", ["context": ["kind": "upload", "uploadId": id]]).code == 1307)
    let ended = try client.call("context.upload.end", ["uploadId": id])
    let path = try fixture.build(["context": .string(try fixture.context())])
    #expect(ended["contextDigest"] == path["contextDigest"])
    #expect(ended["files"] == 2 && ended["sizeBytes"] == 23 && ended["contextId"] == id)
    #expect(
      try client.call("context.upload.end", ["uploadId": id]) == ended, "an answer that was lost can be had again")
    for _ in 0..<2 {
      let built = try build(id)
      #expect(built["state"] == "succeeded", "\(built)")
      #expect(built["contextDigest"] == path["contextDigest"])
    }
    #expect(try client.call("context.upload.abort", ["uploadId": id]) == [:])
    #expect(try client.error("build", ["context": ["kind": "upload", "uploadId": id]]).code == 1307)
    try fixture.waitUntil { $0.spools.used == 0 }
  }

  @Test func anotherConnectionGoesOnWhereTheFirstWasCutOff() throws {
    let id = try begin()
    let first = try fixture.connect()
    _ = try first.call("context.upload.chunk", chunk(id, 0, Self.archive.prefix(1_000)))
    first.close()
    let error = try client.error("context.upload.chunk", chunk(id, 0, Self.archive.prefix(10)))
    #expect(error.code == 1305 && error.detail["expected"] == 1_000)
    _ = try client.call("context.upload.chunk", chunk(id, 1_000, Self.archive.dropFirst(1_000)))
    _ = try client.call("context.upload.end", ["uploadId": id])
    #expect(try build(id)["state"] == "succeeded")
  }

  @Test func piecesOfOneConnectionNeedNotWaitForEachOther() throws {
    let id = try begin()
    let middle = 900
    let first = try client.request("context.upload.chunk", chunk(id, 0, Self.archive.prefix(middle)))
    let second = try client.request("context.upload.chunk", chunk(id, middle, Self.archive.dropFirst(middle)))
    let end = try client.request("context.upload.end", ["uploadId": id])
    #expect(try client.answer(to: first).answer["result"]?["received"] == 900)
    #expect(try client.answer(to: second).answer["result"]?["received"] == .integer(Int64(Self.archive.count)))
    #expect(try client.answer(to: end).answer["result"]?["files"] == 2)
  }

  @Test func aPieceOfTheLargestSizeFitsInAMessage() throws {
    let large = TestArchive.tar([
      ("Dockerfile", Array("FROM scratch\n".utf8)), ("large", [UInt8](repeating: 7, count: 2 << 20)),
    ])
    let id = try begin()
    var offset = 0
    while offset < large.count {
      let piece = large[offset...].prefix(1 << 20)
      _ = try client.call("context.upload.chunk", chunk(id, offset, piece))
      offset += piece.count
    }
    #expect(try client.call("context.upload.end", ["uploadId": id])["files"] == 2)
    let tooLarge = try client.error(
      "context.upload.chunk", chunk(id, offset, [UInt8](repeating: 0, count: 1 << 20 + 1)))
    #expect(tooLarge.code == -32_602)
  }

  @Test func sendersThatTakeTheirTimeDoNotHoldUpUploads() throws {
    var ends: [Int32] = [-1, -1]
    try #require(Glibc.pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    for _ in 0..<16 {
      let params: JSONObject = ["context": ["kind": "fd", "fd": 0, "format": "tar"], "wait": false, "events": false]
      let build = try client.request("build", params, descriptors: [ends[0]])
      #expect(try client.answer(to: build).answer["result"]?["buildId"] != nil)
    }
    let id = try begin()
    _ = try client.call("context.upload.chunk", chunk(id, 0, Self.archive))
    #expect(try client.call("context.upload.end", ["uploadId": id])["files"] == 2)
  }

  @Test func whatWasAnnouncedIsHeldTo() throws {
    let id = try begin(["format": "tar", "sizeBytes": 100])
    #expect(try client.error("context.upload.chunk", chunk(id, 0, Self.archive)).code == 1306)
    _ = try client.call("context.upload.chunk", chunk(id, 0, Self.archive.prefix(60)))
    let error = try client.error("context.upload.end", ["uploadId": id])
    #expect(error.code == 1305 && error.detail["expected"] == 60)
  }

  @Test func bytesThatAreNotThoseThatWereSentAreRefused() throws {
    let id = try begin()
    _ = try client.call("context.upload.chunk", chunk(id, 0, Self.archive))
    let wrong = String(repeating: "0", count: 64)
    let error = try client.error("context.upload.end", ["uploadId": id, "sha256": .string(wrong)])
    #expect(error.code == 1308 && error.detail["expected"] == .string(wrong))
    let actual = error.detail["actual"] ?? .null
    #expect(try client.error("context.upload.end", ["uploadId": id]).code == 1307)
    let again = try begin()
    _ = try client.call("context.upload.chunk", chunk(again, 0, Self.archive))
    #expect(try client.call("context.upload.end", ["uploadId": again, "sha256": actual])["files"] == 2)
  }

  @Test func whatIsNoArchiveEndsTheUpload() throws {
    let id = try begin(["format": "tar.gz"])
    #expect(try client.error("context.upload.chunk", chunk(id, 0, Self.archive)).code == 1306)
    #expect(try client.error("context.upload.chunk", chunk(id, 0, Self.archive)).code == 1307)
    let cutOff = try begin()
    _ = try client.call("context.upload.chunk", chunk(cutOff, 0, Self.archive.prefix(700)))
    #expect(try client.error("context.upload.end", ["uploadId": cutOff]).code == 1306)
    try fixture.waitUntil { $0.spools.used == 0 && $0.uploads.isEmpty }
  }

  @Test(
    arguments: [
      ["uploadId": "x", "offset": 0, "data": "a"], ["uploadId": "x", "offset": 0, "data": "===="],
      ["uploadId": "x", "offset": -1, "data": ""], ["uploadId": "x", "data": ""], ["offset": 0, "data": ""],
    ] as [JSONObject])
  func paramsAreChecked(params: JSONObject) throws {
    #expect(try client.error("context.upload.chunk", params).code == -32_602)
  }

  @Test func contextWithoutADockerfileHasNoDigestOfItsOwn() throws {
    let id = try begin()
    _ = try client.call("context.upload.chunk", chunk(id, 0, TestArchive.tar([("a", [0x61])])))
    let ended = try client.call("context.upload.end", ["uploadId": id])
    #expect(ended["contextDigest"] == nil && ended["files"] == 1)
    #expect(try build(id)["error"]?.code == 1207)
    let text: JSONObject = [
      "context": ["kind": "upload", "uploadId": id], "dockerfileText": "FROM scratch\nCOPY a /\n",
    ]
    #expect(try fixture.build(text)["state"] == "succeeded")
  }

  @Test func unfinishedUploadsAreFew() throws {
    for _ in 0..<16 { _ = try begin() }
    let error = try client.error("context.upload.begin", ["format": "tar"])
    #expect(error.code == 1004 && error.detail["limit"] == 16)
  }

  @Test func uploadsEndWithTheirTime() throws {
    let fixture = try BrokerFixture { $0.uploadLife = .milliseconds(50) }
    let client = try fixture.connect()
    let id = try client.call("context.upload.begin", ["format": "tar"])["uploadId"] ?? .null
    try fixture.waitUntil { $0.uploads.isEmpty }
    #expect(try client.error("context.upload.chunk", chunk(id, 0, Self.archive)).code == 1307)
    #expect(try fixture.inside { $0.uploadTable.isEmpty && $0.uploadTimer == nil })
  }

  @Test func aBuildKeepsWhatItUsesThoughTheUploadIsGone() throws {
    let gate = try FakeEngineGate()
    let begun = try FakeEngineGate()
    fixture.engine.buildsUntil(gate, begun: begun)
    let id = try begin()
    _ = try client.call("context.upload.chunk", chunk(id, 0, Self.archive))
    _ = try client.call("context.upload.end", ["uploadId": id])
    let build = try client.call("build", ["context": ["kind": "upload", "uploadId": id]])["buildId"] ?? .null
    _ = try client.call("context.upload.abort", ["uploadId": id])
    try begun.wait()
    gate.open()
    #expect(try client.call("build.wait", ["buildId": build])["state"] == "succeeded")
    try fixture.waitUntil { $0.spools.used == 0 }
  }

  @Test func completeUploadsThatNobodyBuildsMakeRoomForWhatArrives() throws {
    let fixture = try BrokerFixture { $0.limits.spoolBytes = 3_000_000 }
    let client = try fixture.connect()
    let archive = TestArchive.tar([
      ("Dockerfile", Array("FROM scratch\nCOPY a /\n".utf8)), ("a", [UInt8](repeating: 0x61, count: 1_000_000)),
    ])
    func upload() throws -> JSONValue {
      let id = try client.call("context.upload.begin", ["format": "tar"])["uploadId"] ?? .null
      for offset in stride(from: 0, to: archive.count, by: 1 << 20) {
        _ = try client.call("context.upload.chunk", chunk(id, offset, archive[offset...].prefix(1 << 20)))
      }
      _ = try client.call("context.upload.end", ["uploadId": id])
      return id
    }
    func state(_ id: JSONValue) throws -> JSONValue? {
      try fixture.build(["context": ["kind": "upload", "uploadId": id]])["state"]
    }
    let first = try upload()
    let second = try upload()
    #expect(try state(first) == "succeeded")
    let third = try upload()
    #expect(
      try client.error("build", ["context": ["kind": "upload", "uploadId": second]]).code == 1307,
      "the one that was not used for longest")
    #expect(try state(first) == "succeeded" && state(third) == "succeeded")
  }

  @Test func theBrokerSaysWhatItTakes() throws {
    let result = try client.call("initialize", ["require": ["context.fd", "context.upload"]])
    #expect(result["limits"]?["descriptors"] == 16)
    #expect(result["limits"]?["uploadChunkBytes"] == 1_048_576)
    #expect(result["limits"]?["spoolBytes"] == 2_147_483_648)
  }
}
