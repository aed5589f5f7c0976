import JSON
import JSONRPC
import SwiftDockProtocol
import Testing

private func refused<Method: ProtocolMethod>(_: Method.Type, _ params: JSONObject) -> JSONValue? {
  do throws(RPCError) {
    _ = try Method.params(params)
    return nil
  } catch {
    return error.detail?["path"]
  }
}

struct MethodTests {
  static let engine = EngineState(
    state: .down, endpoint: "unix:///e", version: "28", apiVersion: "1.48", builder: .buildkit,
    lastError: RPCError(.engineUnavailable, "Gone.", traceID: "t"), sinceMs: 5)

  static let broker = BrokerState(state: .draining, version: "1", instanceID: "i", binaryReplaced: true)

  static let build = Build(
    buildID: "b", executionID: "e", joined: true, state: .queued, ownerUID: 7, createdAtMs: 1, startedAtMs: 2,
    finishedAtMs: 3, contextDigest: "sha256:ab", contextBytes: 9, dockerfile: "D", target: "t", platform: "p",
    tags: ["a:b"], annotations: [.init(name: "n", value: "v")], onDisconnect: .cancel, attached: true, participants: 2,
    queuePosition: 4, network: .none, steps: .init(done: 1, total: 5), lastSeq: 11,
    result: .init(
      imageID: "sha256:cd", sizeBytes: 8,
      tags: [.init(tag: "a:b", ok: true), .init(tag: "c", ok: false, error: RPCError(.publishFailed, "No."))]),
    error: RPCError(.publishFailed, "No."))

  private func returns<Method: ProtocolMethod>(
    _: Method.Type, _ result: Method.Result, location: SourceLocation = #_sourceLocation
  ) throws where Method.Result: Equatable {
    let bytes = JSONWriter.bytes(of: result.json)
    #expect(try Method.result(JSONParser.parse(bytes)) == result, sourceLocation: location)
  }

  private func accepts<Method: ProtocolMethod>(
    _: Method.Type, _ params: Method.Params, location: SourceLocation = #_sourceLocation
  ) throws where Method.Params: Equatable {
    #expect(try Method.params(params.members) == params, sourceLocation: location)
  }

  @Test func paramsTravelAndComeBack() throws {
    try accepts(Initialize.self, .init())
    try accepts(
      Initialize.self,
      .init(protocolVersions: [2, 1], client: .init(name: "c", version: "1"), require: ["a"], want: ["b"]))
    try accepts(Shutdown.self, .init())
    try accepts(BrokerPing.self, .init(echo: ["a": [1, nil]]))
    try accepts(BrokerPing.self, .init())
    try accepts(BrokerStatus.self, .init())
    try accepts(BrokerConfig.self, .init())
    try accepts(BrokerShutdown.self, .init())
    try accepts(BrokerShutdown.self, .init(mode: .cancel, timeoutMs: 0))
    try accepts(
      ContextExplain.self,
      .init(
        ContextFiles(.path("/c"), dockerfile: "D"), builder: .classic, target: "t",
        buildArgs: [.init(name: "a", value: "")]))
    try accepts(ContextExplain.self, .init(ContextFiles(.inline, dockerfileText: "FROM a")))
    try accepts(BuildGet.self, .init(buildID: "b"))
    try accepts(BuildList.self, .init())
    try accepts(BuildList.self, .init(scope: .all, states: [.queued, .failed], limit: 500, cursor: "c"))
    try accepts(BuildWait.self, .init(buildID: "b", timeoutMs: 0))
    try accepts(Cancel.self, .init(.build("b"), reason: "r"))
    try accepts(Cancel.self, .init(.execution("e")))
    try accepts(LogsSubscribe.self, .init(buildID: "b", from: 7, follow: false, ansi: .keep))
    try accepts(LogsSubscribe.self, .init(buildID: "b", tail: 0, kinds: [.log, .result], progress: true))
    try accepts(LogsUnsubscribe.self, .init(subscriptionID: "s"))
    try accepts(BuildDetach.self, .init(buildID: "b"))
    try accepts(BuildExplain.self, .init(buildID: "b"))
    try accepts(BuildExplain.self, .init(buildID: "b", against: "a"))
    try accepts(EventsSubscribe.self, .init(topics: [.broker, .build], scope: .all))
    try accepts(EventsUnsubscribe.self, .init(subscriptionID: "s"))
    try accepts(
      LogsRead.self, .init(buildID: "b", from: 1, maxBytes: 1_048_576, kinds: [.step], ansi: .keep, waitMs: 30_000))
  }

  @Test func resultsTravelAndComeBack() throws {
    try returns(BuildExplain.self, .init(buildID: "b", unknown: .first))
    try returns(
      BuildExplain.self,
      .init(
        buildID: "b", unknown: .manifest,
        comparison: .init(
          against: "a", againstCreatedAtMs: 1, same: false, joined: true,
          contextDigest: .init(before: "sha256:1", after: "sha256:2"),
          files: .init(
            added: ["x"], removed: ["y"], changed: [.init(path: "z", what: ["mode"])], addedCount: 2, removedCount: 3,
            changedCount: 4),
          options: ["target"], optionCount: 5,
          base: [.init(image: "i", before: nil, after: "1"), .init(image: "j", before: "2", after: nil)],
          baseCount: 6)))
    try returns(
      Initialize.self,
      .init(
        protocolVersion: 1,
        broker: .init(version: "1", instanceID: "i", pid: 2, uid: 3, startedAtMs: 4, binaryReplaced: false),
        capabilities: ["a"], missing: ["b"], limits: .init(), framing: .header,
        peer: .init(uid: 1, gid: 2, pid: 3, role: .admin), engine: Self.engine, docs: "d"))
    try returns(Shutdown.self, .init())
    try returns(BrokerPing.self, .init(echo: nil, timeMs: 1))
    try returns(
      BrokerStatus.self,
      .init(
        version: "1", protocolVersions: [1], instanceID: "i", pid: 1, uptimeMs: 2, draining: true, binaryReplaced: true,
        connections: 3, subscriptions: 4, builds: .init(receiving: 5, queued: 6, running: 7), spoolBytes: 8,
        ignoredNotifications: 9, engine: Self.engine))
    try returns(BrokerConfig.self, .init(settings: [.init(name: "n", value: "", source: .variable)]))
    try returns(BrokerShutdown.self, .init())
    try returns(BuildMethod.self, .accepted(.init(buildID: "b", state: .receiving)))
    try returns(
      BuildMethod.self,
      .accepted(.init(buildID: "b", state: .queued, executionID: "e", joined: true, subscriptionID: "s")))
    try returns(BuildMethod.self, .ended(Self.build))
    try returns(BuildGet.self, Self.build)
    try returns(
      BuildGet.self,
      Build(buildID: "b", state: .receiving, ownerUID: 0, createdAtMs: 0, onDisconnect: .keep, attached: false))
    try returns(BuildList.self, .init(builds: [Self.build], nextCursor: "c"))
    try returns(BuildWait.self, .init(build: Self.build, timedOut: true))
    try returns(Cancel.self, .init(outcome: .left, participantsLeft: 2))
    try returns(
      LogsSubscribe.self, .init(subscriptionID: "s", nextSeq: 1, earliestSeq: 1, lastSeq: 0, state: .receiving))
    try returns(LogsUnsubscribe.self, .init(nextSeq: 4))
    try returns(EventsUnsubscribe.self, .init())
    try returns(
      EventsSubscribe.self,
      .init(
        subscriptionID: "s",
        snapshot: .init(builds: [Self.build], truncated: true, engine: Self.engine, broker: Self.broker)))
    try returns(
      LogsRead.self,
      .init(
        events: [.gap(.init(fromSeq: 1, toSeq: 2, bytes: 3, reason: .quota))], nextSeq: 3, end: true, state: .failed))
  }

  @Test func resultsMayGainMembersButNotLoseAny() throws {
    var object = Self.build.members
    object["later"] = ["x": 1]
    #expect(try BuildGet.result(.object(object)) == Self.build)
    object["state"] = nil
    #expect(throws: ShapeError.self) { try BuildGet.result(.object(object)) }
  }

  @Test func unknownMembersOfInitializeAreLetPass() throws {
    let params: JSONObject = [
      "processId": 1, "rootUri": nil, "capabilities": ["textDocument": [:]], "client": ["name": "lsp", "more": 1],
      "want": nil,
    ]
    #expect(try Initialize.params(params) == .init(client: .init(name: "lsp")))
  }

  @Test func wrongParamsAreRefused() {
    #expect(refused(BrokerStatus.self, ["a": 1]) == "")
    #expect(refused(BrokerShutdown.self, ["mode": "now"]) == "/mode")
    #expect(refused(BrokerShutdown.self, ["timeoutMs": -1]) == "/timeoutMs")
    #expect(refused(BuildGet.self, [:]) == "/buildId")
    #expect(refused(BuildGet.self, ["buildId": ""]) == "/buildId")
    #expect(refused(BuildList.self, ["limit": 501]) == "/limit")
    #expect(refused(BuildList.self, ["limit": 0]) == "/limit")
    #expect(refused(BuildList.self, ["states": ["running", "done"]]) == "/states/1")
    #expect(refused(Cancel.self, [:]) == "/buildId")
    #expect(refused(Cancel.self, ["buildId": "b", "executionId": "e"]) == "")
    #expect(refused(LogsSubscribe.self, ["buildId": "b", "from": 0]) == "/from")
    #expect(refused(LogsSubscribe.self, ["buildId": "b", "from": 1, "tail": 5]) == "")
    #expect(refused(LogsSubscribe.self, ["buildId": "b", "tail": -1]) == "/tail")
    #expect(refused(LogsSubscribe.self, ["buildId": "b", "kinds": ["log", "gap"]]) == "/kinds/1")
    #expect(refused(LogsRead.self, ["buildId": "b", "from": 1, "kinds": []]) == "/kinds")
    #expect(refused(LogsRead.self, ["buildId": "b"]) == "/from")
    #expect(refused(LogsRead.self, ["buildId": "b", "from": 1, "maxBytes": 1_048_577]) == "/maxBytes")
    #expect(refused(LogsRead.self, ["buildId": "b", "from": 1, "waitMs": 30_001]) == "/waitMs")
    #expect(refused(Initialize.self, ["protocolVersions": ["1"]]) == "/protocolVersions/0")
  }

  @Test func callsThatMayTakeLongSaySo() throws {
    #expect(BuildWait.Params(buildID: "b").isLongRunning)
    #expect(LogsSubscribe.Params(buildID: "b").isLongRunning)
    #expect(LogsRead.Params(buildID: "b", from: 1, waitMs: 1).isLongRunning)
    #expect(!LogsRead.Params(buildID: "b", from: 1).isLongRunning)
    #expect(!BuildGet.Params(buildID: "b").isLongRunning)
  }
}
