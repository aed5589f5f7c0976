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
    #expect(build["error"]?["data"]?["detail"]?["diagnostics"]?.arrayValue?.first?["uri"] == nil)
  }

  @Test func buildThatEndedWellHasNone() throws {
    let fixture = try BrokerFixture()
    let build = try fixture.build(["context": .string(try fixture.context())])
    let answer = try fixture.connect().call("build.diagnostics", ["buildId": build["buildId"] ?? .null])
    #expect(answer["diagnostics"] == [])
    #expect(answer["complete"] == true)
  }
}
