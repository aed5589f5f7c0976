import JSON
import JSONRPC
import SwiftDockProtocol
import Testing

/// What the broker answers to params that it refuses.
private func refusal<Method: ProtocolMethod>(_: Method.Type, _ params: JSONObject) -> RPCError? {
  do throws(RPCError) {
    _ = try Method.params(params)
    return nil
  } catch {
    return error
  }
}

struct BuildParamsTests {
  @Test func contextAloneIsEnoughAndTheRestHasDefaults() throws {
    let params = try BuildMethod.params(["context": "/src"])
    #expect(params == BuildParams(context: .path("/src")))
    #expect(params.dockerfile == "Dockerfile")
    #expect(params.builder == .auto)
    #expect(params.onDisconnect == .keep)
    #expect(params.graceMs == 5_000)
    #expect(params.network == nil)
    #expect(!params.wait && !params.events && !params.isLongRunning)
    #expect(try BuildMethod.params(["context": ["kind": "path", "path": "/src"]]) == params)
  }

  @Test(
    arguments: [
      (["wait": true], true, DisconnectPolicy.cancel), (["events": true], true, .cancel),
      (["wait": true, "events": false], false, .cancel), (["wait": true, "onDisconnect": "keep"], true, .keep),
      ([:], false, .keep),
      (["onDisconnect": "cancel"], false, .cancel),
    ] as [(JSONObject, Bool, DisconnectPolicy)])
  func eventsAndDisconnectFollowFromWait(given: JSONObject, events: Bool, onDisconnect: DisconnectPolicy) throws {
    var object = given
    object["context"] = "/"
    let params = try BuildMethod.params(object)
    #expect(params.events == events)
    #expect(params.onDisconnect == onDisconnect)
  }

  @Test func everythingTravelsAndComesBack() throws {
    let params = BuildParams(
      context: .path("/src"), dockerfile: "a/D", builder: .classic, tags: [try TagTemplate("r:5000/app:{context:12}")],
      target: "t", platform: "linux/arm64", buildArgs: [.init(name: "B", value: ""), .init(name: "A", value: "1=2")],
      labels: [.init(name: "org.x", value: "y")], noCache: true, pull: true, network: .host,
      extraHosts: ["a:1.2.3.4"], cacheFrom: ["x"],
      registryAuth: [.init(server: "r:5000", username: "u", password: "p"), .init(server: "s", identityToken: "t")],
      onDisconnect: .keep, graceMs: 0, dedupe: .never, clientToken: "c", supersedes: "w", wait: true, events: false,
      annotations: [.init(name: "n", value: "v")])
    #expect(try BuildMethod.params(params.members) == params)
    #expect(params.isLongRunning)
  }

  @Test(
    arguments: [
      .path("/src"), .descriptor(index: 15, .tarGzip), .descriptor(index: 0, .tar), .upload(id: "u"),
    ] as [ContextLocation])
  func everyContextTravelsAndComesBack(context: ContextLocation) throws {
    #expect(try BuildMethod.params(BuildParams(context: context).members).context == context)
  }

  @Test(
    arguments: [
      ([:], "/context"), (["context": "relative"], "/context"), (["context": 1], "/context"),
      (["context": nil], "/context"),
      (["context": ["kind": "directory", "fd": 0]], "/context/kind"),
      (["context": ["kind": "fd", "fd": 16, "format": "tar"]], "/context/fd"),
      (["context": ["kind": "fd", "fd": 0, "format": "zip"]], "/context/format"),
      (["context": ["kind": "fd", "fd": 0, "format": "tar", "path": "/"]], "/context"),
      (["context": ["kind": "upload"]], "/context/uploadId"),
      (["context": ["path": "/"]], "/context/kind"),
      (["context": ["kind": "path", "path": "x"]], "/context/path"), (["context": "/a\0b"], "/context"),
      (["context": .string("/" + String(repeating: "x", count: 8_192))], "/context"),
      (["context": "/", "tags": ["ok", "No"]], "/tags/1"), (["context": "/", "tags": "a"], "/tags"),
      (["context": "/", "tags": ["a:{context:5}"]], "/tags/0"),
      (["context": "/", "buildArgs": ["a": 1]], "/buildArgs/a"),
      (["context": "/", "buildArgs": ["a/b~c": nil]], "/buildArgs/a~1b~0c"),
      (["context": "/", "buildArgs": []], "/buildArgs"),
      (["context": "/", "buildArgs": ["": "x"]], "/buildArgs"), (["context": "/", "network": "bridge"], "/network"),
      (["context": "/", "wait": "yes"], "/wait"), (["context": "/", "graceMs": -1], "/graceMs"),
      (["context": "/", "graceMs": .decimal("1.0")], "/graceMs"),
      (["context": "/", "graceMs": 100_000_000_000_001], "/graceMs"),
      (["context": "/", "dockerfile": "/abs"], "/dockerfile"), (["context": "/", "dockerfile": ""], "/dockerfile"),
      (["context": "/", "target": .string(String(repeating: "x", count: 8_193))], "/target"),
      (["context": "/", "registryAuth": [["username": "u"]]], "/registryAuth/0/server"),
      (
        ["context": "/", "annotations": .object(JSONObject((0..<17).map { .init(name: "n\($0)", value: "") }))],
        "/annotations"
      ),
    ] as [(JSONObject, String)])
  func wrongMemberIsNamedByItsPointer(params: JSONObject, path: String) throws {
    let error = try #require(refusal(BuildMethod.self, params))
    #expect(error.isKind(.invalidParams))
    #expect(error.detail?["path"] == .string(path))
    #expect(error.detail?["expected"]?.stringValue?.isEmpty == false)
  }

  @Test func otherContextsAreRefusedWithTheKindThatThereIs() throws {
    let error = try #require(refusal(BuildMethod.self, ["context": ["kind": "git", "url": "x"]]))
    #expect(error.detail?["expected"] == #""path" or "fd" or "upload" or "inline""#)
    #expect(error.hint?.contains("capabilities") == true)
  }

  @Test(
    arguments: [
      (["context": "/", "dockerfile": "D", "dockerfileText": "FROM scratch"], "/dockerfile"),
      (["context": ["kind": "inline"]], "/dockerfileText"),
      (["context": "/", "dockerfileText": .string(String(repeating: "#", count: 262_145))], "/dockerfileText"),
      (["context": "/", "push": true], "/tags"),
    ] as [(JSONObject, String)])
  func membersThatDoNotGoTogetherAreRefused(params: JSONObject, path: String) throws {
    #expect(try #require(refusal(BuildMethod.self, params)).detail?["path"] == .string(path))
  }

  @Test func noTimeLimitMayBeWrittenAsZero() throws {
    #expect(try BuildMethod.params(["context": "/", "timeoutMs": 0]).timeoutMs == nil)
    #expect(try BuildMethod.params(["context": "/", "timeoutMs": 5]).timeoutMs == 5)
  }

  @Test(arguments: ["buildArg", "reuse", "superseded", "clientTokens", "X-up"])
  func unknownMemberIsRefusedByName(name: String) throws {
    let error = try #require(refusal(BuildMethod.self, ["context": "/", "x-mine": 1, name: 1]))
    #expect(error.detail?["unknown"] == [.string(name)])
    #expect(error.message.contains(name))
  }

  /// Also where there are more members than are looked after one by one.
  @Test(arguments: [0, 1, 61, 62, 63, 64, 200]) func unknownMemberIsRefusedAmongAnyNumberOfOthers(others: Int) throws {
    var params: JSONObject = ["context": "/"]
    for number in 0..<others { params["x-\(number)"] = 1 }
    #expect(refusal(BuildMethod.self, params) == nil)
    params["buildArg"] = [:]
    let error = try #require(refusal(BuildMethod.self, params))
    #expect(error.detail?["unknown"] == ["buildArg"])
    #expect(error.hint == "Did you mean buildArgs?")
    params["buildArg"] = nil
    params["target"] = "t"
    #expect(refusal(BuildMethod.self, params) == nil)
    #expect(try BuildMethod.params(params).target == "t")
  }

  @Test func mistypedMemberIsGuessed() throws {
    let error = try #require(refusal(BuildMethod.self, ["context": "/", "buildArg": [:]]))
    #expect(error.hint == "Did you mean buildArgs?")
  }

  @Test func answerToLongNamesStaysShort() throws {
    let long = String(repeating: "n", count: 1 << 20)
    for params: JSONObject in [
      ["context": "/", long: 1], ["context": "/", "buildArgs": [long: "x"]], ["context": "/", "tags": [.string(long)]],
    ] {
      let error = try #require(refusal(BuildMethod.self, params))
      #expect(JSONWriter.bytes(of: error.json).count < 20_000)
    }
  }

  @Test func unknownMembersBelowAreRefusedToo() throws {
    let error = try #require(refusal(BuildMethod.self, ["context": ["kind": "path", "path": "/", "fd": 0]]))
    #expect(error.detail?["path"] == "/context")
    #expect(error.detail?["unknown"] == ["fd"])
  }

  @Test func credentialsDoNotPrint() {
    let auth = RegistryAuth(server: "r", username: "user", password: "hunter2", identityToken: "token9")
    let params = BuildParams(context: .path("/"), registryAuth: [auth])
    var dumped = ""
    dump(params, to: &dumped)
    for text in ["\(auth)", String(reflecting: auth), "\(params)", String(reflecting: [auth]), dumped] {
      #expect(!text.contains("hunter2") && !text.contains("token9") && !text.contains("user"), "\(text)")
    }
  }
}
