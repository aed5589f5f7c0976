import CLinux
import Glibc
import JSON
import JSONRPC
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Contexts that come as descriptors. One after the other, since each counts what is open in this process.
@Suite(.serialized) struct DescriptorContextTests {
  private let fixture: BrokerFixture

  init() throws {
    fixture = try BrokerFixture {
      $0.silenceLimit = .milliseconds(300)
      $0.limits.spoolBytes = 8 << 20
    }
  }

  /// Both ends of a pipe, blocking.
  private func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(Glibc.pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  private func file(_ bytes: [UInt8]) throws -> Int32 {
    let path = fixture.directory + "/file"
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    try #require(lseek(descriptor, 0, SEEK_SET) == 0)
    return descriptor
  }

  private func params(_ index: Int64 = 0, format: String = "tar", wait: Bool = true) -> JSONObject {
    [
      "context": ["kind": "fd", "fd": .integer(index), "format": .string(format)], "wait": .bool(wait),
      "events": false,
    ]
  }

  /// Sends the request with the descriptor, which is closed here then, and returns the whole answer.
  private func answer(_ descriptors: [Int32], _ params: JSONObject) throws -> JSONValue {
    let client = try fixture.connect()
    let id = try client.request("build", params, descriptors: descriptors)
    for descriptor in descriptors { close(descriptor) }
    return try client.answer(to: id).answer
  }

  /// How many descriptors of this process, the broker's among them, stand for the same thing.
  private func copies(of descriptor: Int32) throws -> Int {
    try copies(of: try #require(target(of: "/proc/self/fd/\(descriptor)")))
  }

  private func copies(of wanted: String) throws -> Int {
    let directory = try #require(opendir("/proc/self/fd"))
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if target(of: "/proc/self/fd/" + name) == wanted { count += 1 }
    }
    return count
  }

  private func target(of link: String) -> String? {
    var path = [CChar](repeating: 0, count: 4_096)
    let count = readlink(link, &path, path.count)
    let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  private func waitForCopies(_ count: Int, of target: String) throws {
    let end = ContinuousClock.now + .seconds(10)
    while try copies(of: target) > count, ContinuousClock.now < end { sched_yield() }
    #expect(try copies(of: target) == count)
  }

  // MARK: What can be read

  @Test func aFileAPipeAndASocketGiveTheContextThatTheirTreeHas() throws {
    let path = try fixture.build(["context": .string(try fixture.context())])
    let archive = TestArchive.tar()
    let fromFile = try answer([try file(archive)], params())["result"] ?? .null
    #expect(fromFile["state"] == "succeeded", "\(fromFile)")
    let (read, write) = try pipe()
    #expect(Glibc.write(write, archive, archive.count) == archive.count)
    close(write)
    let fromPipe = try answer([read], params())["result"] ?? .null
    #expect(fromPipe["state"] == "succeeded", "\(fromPipe)")
    var pair: [Int32] = [-1, -1]
    // A program that another test starts meanwhile must not hold these open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    #expect(Glibc.write(pair[1], archive, archive.count) == archive.count)
    close(pair[1])
    let fromSocket = try answer([pair[0]], params())["result"] ?? .null
    #expect(fromSocket["state"] == "succeeded", "\(fromSocket)")
    for build in [fromFile, fromPipe, fromSocket] {
      #expect(build["contextDigest"] == path["contextDigest"])
      #expect(build["contextBytes"] == path["contextBytes"])
    }
    try fixture.waitUntil { $0.spools.used == 0 }
  }

  @Test func aFileIsReadFromWhereItsOwnerLeftItAndItsOffsetStays() throws {
    let descriptor = try file([1, 2, 3] + TestArchive.tar())
    try #require(lseek(descriptor, 3, SEEK_SET) == 3)
    let kept = dup(descriptor)
    defer { close(kept) }
    #expect(try answer([descriptor], params())["result"]?["state"] == "succeeded")
    #expect(lseek(kept, 0, SEEK_CUR) == 3)
  }

  @Test func aBuildOfAnArchiveJoinsOneOfTheSameTree() throws {
    let gate = try FakeEngineGate()
    let begun = try FakeEngineGate()
    fixture.engine.buildsUntil(gate, begun: begun)
    let client = try fixture.connect()
    let first = try client.call("build", ["context": .string(try fixture.context())])
    try begun.wait()
    let id = try client.request("build", params(wait: false), descriptors: [try file(TestArchive.tar())])
    let second = try client.answer(to: id).answer["result"] ?? .null
    let secondID = second.text("buildId")
    try fixture.waitUntil { $0.builds[secondID]?.execution != nil }
    #expect(try client.call("build.get", ["buildId": .string(secondID)])["joined"] == true)
    gate.open()
    for build in [first, second] {
      #expect(try client.call("build.wait", ["buildId": build["buildId"] ?? .null])["state"] == "succeeded")
    }
    #expect(fixture.engine.builds.count == 1)
  }

  // MARK: What cannot

  @Test func whatIsNotOpenForReadingIsRefusedAtOnce() throws {
    let (read, write) = try pipe()
    close(read)
    let state = fixture.directory + "/state"
    for (descriptor, reason) in [
      (open(state, O_RDONLY), "directory"), (open(state, Int32(CL_PATH_ONLY)), "pathOnly"),
      (dup(write), "notReadable"), (open("/dev/zero", O_RDONLY), "device"),
      (socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), "otherType"),
    ] {
      let error = try answer([descriptor], params())["error"] ?? .null
      #expect(error.code == 1309, "\(reason): \(error)")
      #expect(error.detail["reason"] == .string(reason))
    }
    let missing = try answer([open("/dev/null", O_RDONLY)], params(1))["error"] ?? .null
    #expect(missing.code == 1309 && missing.detail["reason"] == "missing")
    #expect(try answer([], params())["error"]?.detail["reason"] == "missing")
    try waitForCopies(1, of: try #require(target(of: "/proc/self/fd/\(write)")))
    try waitForCopies(0, of: state)
    close(write)
    #expect(fixture.engine.builds.isEmpty)
  }

  @Test func silenceEndsTheReading() throws {
    let (read, write) = try pipe()
    defer { close(write) }
    let build = try answer([read], params())["result"] ?? .null
    #expect(build["state"] == "failed")
    #expect(build["error"]?.code == 1303)
    #expect(build["error"]?.detail["errno"] == "ETIMEDOUT")
    signal(SIGPIPE, SIG_IGN)
    #expect(Glibc.write(write, "a", 1) == -1 && errno == EPIPE, "the broker has closed its end")
  }

  @Test func bytesThatTrickleForeverEndWithTheTimeForAllOfThem() throws {
    let fixture = try BrokerFixture { $0.transferLimit = .milliseconds(300) }
    let (read, write) = try pipe()
    let client = try fixture.connect()
    let id = try client.request("build", params(), descriptors: [read])
    close(read)
    signal(SIGPIPE, SIG_IGN)
    // Until the broker has closed its end.
    while Glibc.write(write, "a", 1) == 1 { usleep(5_000) }
    close(write)
    let build = try client.answer(to: id).answer["result"] ?? .null
    #expect(build["error"]?.code == 1303)
    #expect(build["error"]?.detail["errno"] == "ETIMEDOUT")
    #expect(build["error"]?.text("message").contains("to its end") == true)
  }

  @Test func aPipeThatSomebodyElseDrainsHoldsNothingUp() throws {
    let (read, write) = try pipe()
    let mine = dup(read)
    let (sinkOutput, sinkInput) = try pipe()
    defer { for end in [mine, sinkOutput, sinkInput] { close(end) } }
    let client = try fixture.connect()
    let id = try client.request("build", params(), descriptors: [read])
    close(read)
    for _ in 0..<500 {
      _ = Glibc.write(write, "xx", 2)
      // Never waits, whoever was first.
      _ = cl_move_between_pipes(mine, sinkInput, 4_096)
    }
    close(write)
    let build = try client.answer(to: id).answer["result"] ?? .null
    #expect(build["error"]?.code == 1306, "\(build)")
  }

  @Test func cancelEndsTheReading() throws {
    let (read, write) = try pipe()
    defer { close(write) }
    let client = try fixture.connect()
    let id = try client.request("build", params(wait: false), descriptors: [read])
    close(read)
    let build = try client.answer(to: id).answer["result"]?["buildId"] ?? .null
    #expect(try client.call("cancel", ["buildId": build])["outcome"] == "stopping")
    #expect(try client.call("build.get", ["buildId": build])["state"] == "cancelled")
  }

  @Test func whatIsNoArchiveAndWhatIsCutOffIsTheBuildsFailure() throws {
    for bytes in [Array("no archive".utf8), Array(TestArchive.tar().dropLast(1_500)), []] {
      let build = try answer([try file(bytes)], params())["result"] ?? .null
      #expect(build["error"]?.code == 1306, "\(build)")
    }
    let wrongFormat = try answer([try file(TestArchive.tar())], params(format: "tar.gz"))["result"] ?? .null
    #expect(wrongFormat["error"]?.code == 1306)
    #expect(fixture.engine.builds.isEmpty)
  }

  @Test func moreThanTheSpoolHoldsIsRefusedAndGivenBack() throws {
    let large = TestArchive.tar([
      ("Dockerfile", Array("FROM scratch\n".utf8)), ("large", [UInt8](repeating: 7, count: 9 << 20)),
    ])
    let build = try answer([try file(large)], params())["result"] ?? .null
    #expect(build["error"]?.code == 1006, "\(build)")
    try fixture.waitUntil { $0.spools.used == 0 }
    #expect(try answer([try file(TestArchive.tar())], params())["result"]?["state"] == "succeeded")
  }

  // MARK: Whose they are

  @Test func descriptorsOfMessagesThatDoNotWantThemAreClosed() throws {
    let client = try fixture.connect()
    _ = try client.call("broker.ping")
    let (read, write) = try pipe()
    let call = #"{"jsonrpc":"2.0","id":"p","method":"broker.ping"}"# + "\n"
    for text in [
      call, #"{"jsonrpc":"2.0","method":"initialized"}"# + "\n", "nonsense\n", "{\"a\":\n", "[]\n",
      #"{"jsonrpc":"2.0","id":1,"method":"none"}"# + "\n",
    ] {
      try client.send(raw: Array(text.utf8), descriptors: Array(repeating: read, count: 16))
    }
    _ = try client.call("broker.ping")
    try waitForCopies(2, of: try #require(target(of: "/proc/self/fd/\(read)")))
    for end in [read, write] { close(end) }
  }

  @Test func descriptorsOfAMessageThatNeverEndsGoWithTheConnectionAndAreFew() throws {
    let client = try fixture.connect()
    _ = try client.call("broker.ping")
    let (read, write) = try pipe()
    try client.send(raw: Array("{".utf8), descriptors: [read])
    for _ in 0..<100 { try client.send(raw: [0x20], descriptors: Array(repeating: read, count: 16)) }
    _ = try fixture.connect().call("broker.ping")
    try fixture.waitUntil { $0.sessions.values.contains { $0.decoder.end - $0.decoder.unfinishedStart == 101 } }
    try waitForCopies(2 + 16, of: try #require(target(of: "/proc/self/fd/\(read)")))
    client.close()
    try waitForCopies(2, of: try #require(target(of: "/proc/self/fd/\(read)")))
    for end in [read, write] { close(end) }
  }

  @Test func theMessageThatADescriptorWasSentWithHasIt() throws {
    let client = try fixture.connect()
    let ping = #"{"jsonrpc":"2.0","id":"p","method":"broker.ping"}"# + "\n"
    try client.send(raw: ping + ping)
    let id = try client.request("build", params(), descriptors: [try file(TestArchive.tar())])
    #expect(try client.answer(to: id).answer["result"]?["state"] == "succeeded")
  }

  @Test func eachDescriptorOfABatchIsForOneOfItsBuilds() throws {
    let client = try fixture.connect()
    let build: (Int64, Int64) -> JSONValue = { id, index in
      ["jsonrpc": "2.0", "id": .integer(id), "method": "build", "params": .object(params(index, wait: false))]
    }
    let batch = JSONWriter.bytes(of: [build(1, 0), build(2, 1), build(3, 1)])
    let files = [try file(TestArchive.tar()), try file(TestArchive.tar())]
    try client.send(raw: batch + [0x0A], descriptors: files)
    for descriptor in files { close(descriptor) }
    let answers = try client.next().arrayValue ?? []
    #expect(answers.count == 3)
    #expect(answers.prefix(2).allSatisfy { $0["result"]?["buildId"] != nil })
    #expect(answers.last?["error"]?.detail["reason"] == "taken")
    for answer in answers.prefix(2) {
      let ended = try client.call("build.wait", ["buildId": answer["result"]?["buildId"] ?? .null])
      #expect(ended["state"] == "succeeded")
    }
  }
}
