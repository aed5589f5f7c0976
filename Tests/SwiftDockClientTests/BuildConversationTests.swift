import JSON
import JSONRPC
import SwiftDockClient
import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

struct BuildConversationTests {
  private let accepted = ServerMessage.notification(
    method: BuildAccepted.name, params: BuildAccepted(requestID: RPCID(1), buildID: "b", subscriptionID: "s").members)

  private func conversation(_ mode: ProgressMode = .plain) -> BuildConversation {
    BuildConversation(requestID: RPCID(1), mode: mode)
  }

  private func build(_ state: BuildState, participants: Int = 1, joined: Bool = false, queue: Int? = nil) -> Build {
    Build(
      buildID: "b", joined: joined, state: state, ownerUID: 0, createdAtMs: 0, onDisconnect: .cancel, attached: true,
      participants: participants, queuePosition: queue)
  }

  private func changed(_ build: Build) -> ServerMessage {
    .notification(method: BuildStateChanged.name, params: BuildStateChanged(subscriptionID: "s", build: build).members)
  }

  private func logged(_ text: String, partial: Bool = false) -> ServerMessage {
    let line = LogEvent.Line(stream: .stdout, bytes: Array(text.utf8), isPartial: partial)
    return .notification(
      method: LogsEvent.name,
      params: LogsEvent(
        subscriptionID: "s", buildID: "b", events: [.entry(seq: 1, timeMs: 0, .log(line))], nextSeq: 2
      ).members)
  }

  @Test func buildIsFollowedToItsEnd() throws {
    var conversation = conversation()
    #expect(try conversation.received(accepted) == [.say("build b")])
    #expect(try conversation.received(changed(build(.queued, queue: 3))) == [.say("waiting, number 3 in the queue")])
    #expect(try conversation.received(changed(build(.queued, queue: 3))) == [])
    #expect(try conversation.received(changed(build(.running))) == [])
    #expect(
      try conversation.received(changed(build(.running, participants: 2, joined: true)))
        == [.say("shares work that was already running")])
    #expect(try conversation.received(logged("text")) == [.show(Array("text\n".utf8))])
    #expect(try conversation.received(logged("open", partial: true)) == [.show(Array("open".utf8))])
    let end = build(.succeeded)
    #expect(try conversation.received(.result(end.json, id: RPCID(1))) == [.show([0x0A]), .end(end)])
  }

  @Test func refusalEndsIt() throws {
    var conversation = conversation()
    let error = RPCError(.queueFull, "Full.")
    #expect(try conversation.received(.error(error, id: RPCID(1))) == [.refused(error)])
    #expect(try conversation.received(.error(error, id: nil)) == [.refused(error)])
    #expect(try conversation.received(.error(error, id: RPCID(9))) == [])
  }

  @Test func firstInterruptCancelsAndTheSecondLeaves() throws {
    var conversation = conversation()
    _ = try conversation.received(accepted)
    #expect(conversation.interrupted() == [.cancel(buildID: "b")])
    conversation.cancelSent(RPCID(2))
    let stopping = Cancel.Result(outcome: .stopping, participantsLeft: 0).json
    #expect(
      try conversation.received(.result(stopping, id: RPCID(2))) == [
        .say("Stopping the build. Ctrl-C again leaves at once.")
      ])
    #expect(conversation.interrupted() == [.leave])
  }

  @Test(arguments: [
    (Cancel.Outcome.left, 1, "Left the build; it goes on for 1 other."),
    (.left, 2, "Left the build; it goes on for 2 others."),
    (.alreadyFinished, 0, "The build had ended already."),
  ])
  func outcomeOfTheCancelIsSaid(outcome: Cancel.Outcome, left: Int, text: String) throws {
    var conversation = conversation(.none)
    _ = try conversation.received(accepted)
    _ = conversation.interrupted()
    conversation.cancelSent(RPCID(2))
    let answer = Cancel.Result(outcome: outcome, participantsLeft: left).json
    #expect(try conversation.received(.result(answer, id: RPCID(2))) == [.say(text)])
  }

  @Test func interruptBeforeTheBuildIsKnownCancelsItWhenItIs() throws {
    var conversation = conversation()
    #expect(conversation.interrupted() == [])
    #expect(try conversation.received(accepted) == [.say("build b"), .cancel(buildID: "b")])
  }

  @Test func quietModeSaysNothingButKeepsTheFailure() throws {
    var conversation = conversation(.none)
    #expect(try conversation.received(accepted) == [])
    #expect(try conversation.received(changed(build(.queued, queue: 1))) == [])
    #expect(try conversation.received(logged("x")) == [])
    let failed = LogEvent.entry(seq: 2, timeMs: 1, .step(.init(stepID: "a", name: "A", state: .failed)))
    let params = LogsEvent(subscriptionID: "s", buildID: "b", events: [failed], nextSeq: 3).members
    #expect(try conversation.received(.notification(method: LogsEvent.name, params: params)) == [])
    #expect(conversation.failedSteps.step(nil)?.name == "A")
  }

  @Test func jsonModeShowsNotificationsAsTheyAre() throws {
    var conversation = conversation(.json)
    guard case .notification(let method, let params) = logged("x") else { return }
    #expect(
      try conversation.received(logged("x")) == [.showJSON(["method": .string(method), "params": .object(params)])])
  }

  @Test func jsonModeSaysItsOwnWordsInJSONToo() throws {
    var conversation = conversation(.json)
    #expect(try conversation.received(accepted) == [])
    #expect(conversation.interrupted() == [.cancel(buildID: "b")])
    conversation.cancelSent(RPCID(2))
    let answer = Cancel.Result(outcome: .alreadyFinished, participantsLeft: 0).json
    #expect(
      try conversation.received(.result(answer, id: RPCID(2)))
        == [.showJSON(["message": "The build had ended already."])])
  }

  @Test func answerOfTheWrongShapeIsReported() {
    #expect(throws: ClientError.self) {
      var conversation = conversation()
      _ = try conversation.received(.result(["buildId": "b", "state": "queued"], id: RPCID(1)))
    }
    #expect(throws: ClientError.self) {
      var conversation = conversation()
      _ = try conversation.received(.notification(method: LogsEvent.name, params: [:]))
    }
  }
}

struct ExitCodeTests {
  @Test(arguments: [
    (ErrorKind.buildFailed, ExitCode.failed), (.buildNotFound, .failed), (.publishFailed, .failed),
    (.engineUnavailable, .unavailable),
    (.engineLost, .unavailable), (.queueFull, .tryAgainLater), (.shuttingDown, .tryAgainLater),
    (.buildInterrupted, .tryAgainLater),
    (.permissionDenied, .refused), (.contextPathRefused, .refused), (.notOwner, .refused), (.buildTimedOut, .timedOut),
    (.buildCancelled, .cancelled), (.invalidParams, .usage),
  ])
  func errorsHaveTheirCode(kind: ErrorKind, code: ExitCode) {
    #expect(ExitCode(RPCError(kind, "")) == code)
    #expect(ExitCode(ClientError.refused(RPCError(kind, ""))) == code)
  }

  @Test func buildsHaveTheirs() {
    func code(_ state: BuildState, _ error: ErrorKind? = nil) -> ExitCode {
      ExitCode(
        Build(
          buildID: "b", state: state, ownerUID: 0, createdAtMs: 0, onDisconnect: .keep, attached: false,
          error: error.map { RPCError($0, "") }))
    }
    #expect(code(.succeeded) == .done)
    #expect(code(.cancelled, .buildCancelled) == .cancelled)
    #expect(code(.failed, .buildFailed) == .failed)
    #expect(code(.failed, .buildTimedOut) == .timedOut)
    #expect(code(.failed) == .failed)
  }

  @Test func clientsOwnErrorsHaveTheirs() {
    #expect(ExitCode(ClientError.notRunning(searched: [])) == .unavailable)
    #expect(ExitCode(ClientError.notAllowed(path: "", group: nil)) == .refused)
    #expect(ExitCode(ClientError.pathTooLong(path: "", bytes: 0, limit: 0)) == .usage)
    #expect(ProgramError.noSuchBuild("x").exitCode == .failed)
  }
}

struct TableTests {
  @Test func buildsAreListedInColumns() {
    let builds = [
      Build(
        buildID: "0123456789abcdef", state: .running, ownerUID: 0, createdAtMs: 1_000, tags: ["a:1", "b"],
        onDisconnect: .keep,
        attached: false, participants: 2, steps: .init(done: 1, total: 5)),
      Build(
        buildID: "f", state: .queued, ownerUID: 0, createdAtMs: 1_000, onDisconnect: .keep, attached: false,
        queuePosition: 2),
    ]
    #expect(
      ListVerb.table(builds, nowMs: 62_000) == [
        "BUILD         STATE            AGE    STEPS  TAGS", "0123456789ab  running, shared  1m 1s  1/5    a:1 b",
        "f             queued (2)       1m 1s  0",
      ])
  }
}
