import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// `build.diagnostics`, against a scripted Engine.
struct DiagnosticsTests {
  @Test func dockerfileThatCannotBeReadHasOneWithItsFile() throws {
    let fixture = try BrokerFixture()
    let root = try fixture.context(["Dockerfile": "FROM scratch\nRUN <<EOF\n"])
    let build = try fixture.build(["context": .string(root)])
    #expect(build["state"] == "failed")
    let answer = try fixture.connect().call("build.diagnostics", ["buildId": build["buildId"] ?? .null])
    #expect(answer["complete"] == true)
    let found = try #require(answer["diagnostics"]?.arrayValue?.first)
    #expect(found["uri"] == .string("file://\(root)/Dockerfile"))
    #expect(found["path"] == "Dockerfile")
    let said = try #require(build["error"]?["data"]?["detail"]?["diagnostics"]?.arrayValue?.first)
    #expect(said["path"] == "Dockerfile")
    #expect(said["uri"] == nil)
  }

  @Test func buildThatEndedWellHasNone() throws {
    let fixture = try BrokerFixture()
    let build = try fixture.build(["context": .string(try fixture.context())])
    let answer = try fixture.connect().call("build.diagnostics", ["buildId": build["buildId"] ?? .null])
    #expect(answer["diagnostics"] == [])
    #expect(answer["complete"] == true)
  }

  @Test func failedStepIsAnEventWithoutTheFilesPlaceAndComesWithIt() throws {
    let fixture = try BrokerFixture()
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      let name = "[2/2] RUN false"
      let said = #"process "/bin/sh -c false" did not complete successfully: exit code: 3"#
      try exchange.trace(FakeEngineTrace().vertex("sha256:2", name, started: 1))
      try exchange.trace(FakeEngineTrace().vertex("sha256:2", name, started: 1, completed: 2, error: said))
      try exchange.record(["errorDetail": ["message": .string("failed to solve: " + said)]])
      try exchange.endChunked()
    }
    let context = try fixture.context(["Dockerfile": "FROM scratch\nRUN false\n"])
    fixture.images["scratch"] = nil
    let transcript = try fixture.connect().only("build", ["context": .string(context), "wait": true])
    let events = transcript.events.compactMap { $0["diagnostic"] }
    #expect(events.map { $0["code"] } == ["commandFailed"])
    #expect(events.first?["uri"] == nil)
    let build = try #require(transcript.answers.first?["result"])
    #expect(build["error"]?["data"]?["detail"]?["command"] == "false")
    let answer = try fixture.connect().call("build.diagnostics", ["buildId": build["buildId"] ?? .null])
    #expect(answer["diagnostics"]?.arrayValue?.map { $0["uri"] } == [.string("file://\(context)/Dockerfile")])
  }
}
