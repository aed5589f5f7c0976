import EventLoop
import Glibc
import JSON
import JSONRPC
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

struct AnnouncementFileTests {
  private let directory: TestDirectory
  private var path: String { directory("broker.json") }

  init() throws { directory = try TestDirectory() }

  private func announcement(pid: Int = 5) -> BrokerAnnouncement {
    BrokerAnnouncement(
      protocolVersions: [1], socket: directory("s"), framings: [.line, .header], pid: pid, instanceID: "i",
      version: "0.1", startedAtMs: 9)
  }

  @Test func contentIsOneLineOfJSONForTheOwnerAlone() throws {
    let file = try AnnouncementFile(announcement())
    #expect(
      try HostFiles.text(of: path)
        == #"{"protocol":"swiftdock","protocolVersions":[1],"socket":"\#(directory("s"))","framings":["line","header"],"#
        + #""pid":5,"instanceId":"i","version":"0.1","startedAtMs":9}"# + "\n")
    var info = stat()
    #expect(lstat(path, &info) == 0 && info.st_mode & 0o7777 == 0o600)
    #expect(TestDirectory.names(in: directory.path) == ["broker.json"])
    _ = consume file
    #expect(TestDirectory.names(in: directory.path) == [])
  }

  @Test func contentComesBack() throws {
    let file = try AnnouncementFile(announcement())
    let json = try JSONParser.parse(HostFiles.bytes(of: path))
    #expect(try BrokerAnnouncement(json, at: "", as: .answer) == announcement())
    #expect(throws: ShapeError.self) {
      try BrokerAnnouncement(["protocol": "other"], at: "", as: .answer)
    }
    _ = consume file
  }

  @Test func fileLeftBehindIsReplaced() throws {
    try directory.write("broker.json", "{}", mode: 0o644)
    try directory.write("broker.json.5", "half of what a broker of that number wrote")
    let file = try AnnouncementFile(announcement())
    #expect(try HostFiles.text(of: path).contains(#""pid":5"#))
    _ = consume file
    #expect(TestDirectory.names(in: directory.path) == [])
  }

  @Test func fileOfAnotherBrokerStays() throws {
    let first = try AnnouncementFile(announcement(pid: 5))
    let second = try AnnouncementFile(announcement(pid: 6))
    _ = consume first
    #expect(try HostFiles.text(of: path).contains(#""pid":6"#))
    _ = consume second
  }

  @Test func brokerTellsOfItselfAsLongAsItListens() throws {
    let fixture = try BrokerFixture()
    let path = fixture.directory + "/run/broker.json"
    let told = try BrokerAnnouncement(JSONParser.parse(HostFiles.bytes(of: path)), at: "", as: .answer)
    #expect(told.socket == fixture.socketPath)
    #expect(told.pid == Int(getpid()))
    #expect(try told.instanceID == fixture.inside { $0.instanceID })
    try fixture.shutDown().wait()
    #expect(!HostFiles.exists(path))
  }
}
