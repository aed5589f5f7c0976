import BuildContext
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Contents of files that builds hold in memory.
@Suite(.enabled(if: RestedTree.isThere)) struct HeldContextTests {
  /// What it would send is sent by the build that it joins.
  @Test func aBuildThatJoinsHoldsNothing() throws {
    let measured = ContentRoom(byteLimit: ContentRoom.usualLimit)
    let held = try RestedTree.snapshot(room: measured)
    try #require(measured.freeBytes < ContentRoom.usualLimit)
    held.letGoOfContents()

    // Without an index, every build reads all of its files.
    let fixture = try BrokerFixture { $0.indexedFiles = 0 }
    let gate = try FakeGate(fixture)
    let params: JSONObject = ["context": .string(RestedTree.path), "dockerfileText": "FROM scratch\n"]
    let first = try fixture.connect().call("build", params).text("buildId")
    try gate.begun.wait()
    try fixture.waitUntil { $0.contentRoom.freeBytes == ContentRoom.usualLimit }
    let second = try fixture.connect().call("build", params).text("buildId")
    try fixture.waitUntil { $0.builds[second]?.execution != nil }
    #expect(try fixture.inside { $0.builds[second]?.execution === $0.builds[first]?.execution })
    #expect(try fixture.inside { $0.contentRoom.freeBytes } == ContentRoom.usualLimit)
    gate.open()
  }

  @Test func aSpoolThatIsStoppedBeforeItsBeginningLeavesWhatIsHeldToOthers() throws {
    let directory = try TemporaryDirectory.make()
    defer { TemporaryDirectory.remove(directory) }
    let room = ContentRoom(byteLimit: ContentRoom.usualLimit)
    let snapshot = try RestedTree.snapshot(room: room)
    let free = room.freeBytes
    try #require(free < ContentRoom.usualLimit)
    let spools = SpoolDirectory(path: directory, limit: 1 << 30)
    #expect(spools.keep(snapshot) { true } == nil)
    #expect(room.freeBytes == free)
    #expect(spools.used == 0)
    #expect(spools.keep(snapshot) { false } != nil)
    #expect(room.freeBytes == ContentRoom.usualLimit)
  }
}
