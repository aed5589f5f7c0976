import Testing

@testable import swiftdockd

@Suite struct SocketActivationTests {
  @Test(
    arguments: [
      ([:], nil), (["LISTEN_PID": "7", "LISTEN_FDS": "1"], 3), (["LISTEN_PID": "8", "LISTEN_FDS": "1"], nil),
      (["LISTEN_FDS": "1"], nil), (["LISTEN_PID": "7"], nil), (["LISTEN_PID": "7", "LISTEN_FDS": "0"], nil),
    ] as [([String: String], Int32?)])
  func socketIsTheOneThatWasMeantForThisProcess(environment: [String: String], descriptor: Int32?) throws {
    #expect(try SocketActivation.descriptor(environment, pid: 7) == descriptor)
  }

  @Test(arguments: ["2", "-1", "one", "", "99999999999"])
  func anythingButOneSocketIsRefused(count: String) {
    #expect(throws: OptionError.self) {
      try SocketActivation.descriptor(["LISTEN_PID": "7", "LISTEN_FDS": count], pid: 7)
    }
  }
}
