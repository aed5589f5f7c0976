import Glibc
import JSON
import Testing

@testable import Broker

/// More clients than anybody has, in a process of the test's own, whose memory and descriptors are looked at.
struct CrowdTests {
  /// Descriptors that the witness and its Engine may have more at one time than at another.
  private static let others = 8

  @Test func thousandsOfConnectionsLeaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      try ProcessUse.allowDescriptors(20_000)
      let witness = try Witness()
      let before = try ProcessUse.now()
      for round in 1...2 {
        var clients: [WireClient] = []
        for index in 0..<3_000 {
          let client = try witness.fixture.connect()
          if index % 2 == 0 { client.sendAsFarAsTaken(Array("\u{1}garbage \(index) {[\"".utf8)) }
          if index % 100 == 1 { try client.request("broker.ping") }
          clients.append(client)
        }
        // Those who sent garbage are told, and ended after a second at the latest.
        for client in clients.indices.filter({ $0 % 100 == 0 }).map({ clients[$0] }) {
          try #require(try client.readToEnd().map { $0["error"]?.code } == [-32700])
        }
        for client in clients.indices.filter({ $0 % 100 == 1 }).map({ clients[$0] }) {
          try #require(try client.next()["id"] == 1)
        }
        clients.forEach { $0.close() }
        clients = []
        try witness.fixture.waitUntil { $0.sessions.count == 1 }
        let after = try ProcessUse.now()
        try #require(after.descriptors <= before.descriptors + Self.others, "round \(round): \(before), then \(after)")
        try #require(after.residentBytes < before.residentBytes + 96 << 20, "round \(round): \(before), then \(after)")
      }
      try witness.expectUndisturbed()
    }
  }

  @Test func clientsThatNeverReadCostABoundedAmountEach() async {
    await #expect(processExitsWith: .success) {
      let witness = try Witness()
      let before = try ProcessUse.now()
      let echo = String(repeating: "x", count: 4_000)
      let request = #"{"jsonrpc":"2.0","id":1,"method":"broker.ping","params":{"echo":"\#(echo)"}}"#
      var clients: [(WireClient, WriterThread)] = []
      for _ in 1...20 {
        let client = try witness.fixture.connect()
        clients.append((client, try WriterThread(client, String(repeating: request, count: 500))))
      }
      try witness.fixture.waitUntil { broker in broker.sessions.values.count { $0.output.isOverfull } == 20 }
      let during = try ProcessUse.now()
      // Of 2 MB each, what the broker may hold, and the test's own copy.
      try #require(during.residentBytes < before.residentBytes + 160 << 20, "\(before), then \(during)")
      for (client, writer) in clients {
        client.endInput()
        client.endOutput()
        client.close()
        writer.join()
      }
      clients = []
      try witness.fixture.waitUntil { $0.sessions.count == 1 }
      try #require(try ProcessUse.now().descriptors <= before.descriptors + Self.others)
      try witness.expectUndisturbed()
    }
  }
}

/// What this process uses, proc(5).
struct ProcessUse {
  let descriptors: Int
  let residentBytes: Int

  static func now() throws -> ProcessUse {
    let status = String(decoding: try TextFile.read("/proc/self/status"), as: UTF8.self)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    let kilobytes = try #require(
      line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) })
    return ProcessUse(descriptors: try TextFile.names(in: "/proc/self/fd").count, residentBytes: kilobytes << 10)
  }

  static func allowDescriptors(_ count: UInt) throws {
    var limit = rlimit()
    let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
    try #require(getrlimit(resource, &limit) == 0)
    limit.rlim_cur = min(count, limit.rlim_max)
    try #require(setrlimit(resource, &limit) == 0)
  }
}
