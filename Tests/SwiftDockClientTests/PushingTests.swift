import Glibc
import JSON
import JSONRPC
import SwiftDockClient
import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

private func item(
  _ id: String, _ label: String, _ current: Int, of total: Int? = nil, unit: BuildProgress.Item.Unit = .bytes,
  at timeMs: Int = 0
) -> BuildProgress.Item {
  .init(itemID: id, label: label, current: current, total: total, unit: unit, timeMs: timeMs)
}

struct TransferProgressTests {
  private func lines(_ items: [BuildProgress.Item]) -> [String?] {
    var progress = TransferProgress()
    return items.map { progress.text($0) }
  }

  @Test func everyStateHasALine() {
    #expect(
      lines([
        item("a", "a Preparing", 0, of: 1, unit: .items), item("b", "b Preparing", 0, of: 1, unit: .items),
        item("a", "a Preparing", 0, of: 1, unit: .items), item("a", "a Pushing", 1, of: 1_000),
        item("a", "a Pushed", 1, of: 1, unit: .items),
      ]) == ["a Preparing", "b Preparing", nil, "a Pushing 1B / 1.0kB", "a Pushed"])
  }

  @Test func quartersHaveLines() {
    #expect(
      lines((0...10).map { item("a", "a", $0 * 100, of: 1_000) }).map { $0 != nil }
        == [true, false, false, true, false, true, false, false, true, false, true])
  }

  @Test func fiveSecondsHaveALineWhereThereIsNews() {
    #expect(
      lines([
        item("a", "a", 0, at: 0), item("a", "a", 10, at: 4_999), item("a", "a", 20, at: 5_000),
        item("a", "a", 20, at: 20_000), item("a", "a", 21, at: 20_001),
      ]) == ["a 0B", nil, "a 20B", nil, "a 21B"])
  }

  @Test(arguments: [0, 1, 2, 3, Int.max])
  func anyTotalWillDo(total: Int) {
    #expect(
      lines([item("a", "a", Int.max, of: total), item("a", "a", Int.max, of: total)]).map { $0 != nil } == [
        true, false,
      ])
  }
}

struct TransferLinesTests {
  private func text(_ body: (inout PlainProgress) -> [UInt8]) -> String {
    var progress = PlainProgress()
    return String(decoding: body(&progress) + progress.closeLine(), as: UTF8.self)
  }

  private func step(_ state: LogEvent.Step.State) -> LogEvent {
    .entry(seq: 1, timeMs: 0, .step(.init(stepID: "7", name: "pull", state: state)))
  }

  @Test func transferOfAStepStandsUnderItUntilItsEnd() {
    #expect(
      text { progress in
        progress.render(step(.started)) + progress.render(item("7/sha256:a/b", "sha256:a/b", 5, of: 10))
          + progress.render(step(.done)) + progress.render(item("7/sha256:a/b", "sha256:a/b", 10, of: 10))
      } == """
        #1 pull
        #1 sha256:a/b 5B / 10B
        #1 DONE 0.0s

        """)
  }

  @Test func transferOfAPushNamesTheTag() {
    #expect(
      text { progress in
        progress.render(
          .entry(seq: 1, timeMs: 0, .log(.init(stream: .stdout, bytes: Array("open".utf8), isPartial: true))))
          + progress.render(item("127.0.0.1:5000/app:1/0a1b", "0a1b Pushing", 512, of: 2_048))
      } == """
        open
        127.0.0.1:5000/app:1: 0a1b Pushing 512B / 2.0kB

        """)
  }
}

struct PushConversationTests {
  private let tags = [
    BuildResult.Tag(tag: "a:1", ok: true, pushed: true, digest: "sha256:0"),
    BuildResult.Tag(tag: "b:1", ok: false, pushed: false, error: RPCError(.registryRefused, "No.")),
  ]

  private func progress(_ item: BuildProgress.Item) -> ServerMessage {
    .notification(
      method: BuildProgress.name,
      params: BuildProgress(subscriptionID: "s", buildID: "b", items: [item]).members)
  }

  @Test func pushIsFollowedToItsEnd() throws {
    var conversation = PushConversation(requestID: RPCID(3), startMs: 100)
    #expect(try conversation.received(progress(item("a:1/x", "x Pushed", 1, unit: .items, at: 99))) == [])
    #expect(
      try conversation.received(progress(item("a:1/x", "x Pushing", 1, unit: .items, at: 100)))
        == [.show(Array("a:1: x Pushing\n".utf8))])
    #expect(try conversation.received(.result(["subscriptionId": "s"], id: RPCID(4))) == [])
    let result = BuildPush.Result(tags: tags)
    #expect(try conversation.received(.result(result.json, id: RPCID(3))) == [.end(result)])
  }

  @Test func firstInterruptCancelsAndTheSecondLeaves() throws {
    var conversation = PushConversation(requestID: RPCID(3), startMs: 0)
    #expect(conversation.interrupted() == [.say("Stopping the push. Ctrl-C again leaves at once."), .cancel])
    let cancelled = RPCError(.requestCancelled, "Cancelled.")
    #expect(try conversation.received(.error(cancelled, id: RPCID(3))) == [.refused(cancelled)])
    #expect(conversation.interrupted() == [.leave])
  }

  @Test func refusalOfTheSubscriptionDoesNotMatter() throws {
    var conversation = PushConversation(requestID: RPCID(3), startMs: 0)
    #expect(try conversation.received(.error(RPCError(.tooManySubscriptions, "No."), id: RPCID(4))) == [])
  }

  @Test func buildShowsItsPushesInItsOwnProgress() throws {
    let news = progress(item("a:1/x", "x Pushed", 1, unit: .items))
    var plain = BuildConversation(requestID: RPCID(1), mode: .plain)
    #expect(try plain.received(news) == [.show(Array("a:1: x Pushed\n".utf8))])
    var none = BuildConversation(requestID: RPCID(1), mode: .none)
    #expect(try none.received(news) == [])
    var json = BuildConversation(requestID: RPCID(1), mode: .json)
    guard case .notification(let method, let params) = news else { return }
    #expect(try json.received(news) == [.showJSON(["method": .string(method), "params": .object(params)])])
  }
}

struct TagLinesTests {
  @Test func everyOutcomeHasItsWords() {
    let refusal = RPCError(.registryRefused, "No.", hint: "Look.")
    let lines = [
      BuildResult.Tag(tag: "a:1", ok: true), .init(tag: "a:1", ok: true, pushed: true, digest: "sha256:0"),
      .init(tag: "a:1", ok: true, pushed: true), .init(tag: "a:1", ok: false, error: refusal),
      .init(tag: "a:1", ok: false, pushed: false, error: refusal), .init(tag: "a:1", ok: false, pushed: false),
    ].map(TagLines.text)
    #expect(
      lines == [
        "tagged a:1", "pushed a:1 sha256:0", "pushed a:1", "not tagged a:1: No.\n  Look.",
        "not pushed a:1: No.\n  Look.",
        "not pushed a:1",
      ])
  }

  @Test(arguments: [("docker.io", "docker login"), ("r.example:5000", "docker login r.example:5000")])
  func missingLoginIsToBeMade(server: String, command: String) {
    let error = RPCError(.registryAuthRequired, "Denied.", hint: "Pass a login.", detail: ["server": .string(server)])
    #expect(error.advice == "Log in with: \(command)")
    #expect(RPCError(.registryAuthRequired, "Denied.", hint: "Pass a login.").advice == "Pass a login.")
  }
}

struct BuildMetadataTests {
  private func text(_ tags: [BuildResult.Tag]) -> String {
    let result = BuildResult(imageID: "sha256:1", tags: tags)
    let build = Build(
      buildID: "b", state: .succeeded, ownerUID: 0, createdAtMs: 0, contextDigest: "sha256:c", onDisconnect: .cancel,
      attached: false, result: result)
    return String(decoding: JSONWriter.bytes(of: BuildMetadata.json(build, result)), as: UTF8.self)
  }

  @Test func membersAreBuildxsAndTheBrokers() {
    #expect(text([]) == #"{"buildId":"b","contextDigest":"sha256:c","containerimage.digest":"sha256:1"}"#)
    #expect(
      text([.init(tag: "a:1", ok: true), .init(tag: "r.example/b:2", ok: true)])
        == #"{"buildId":"b","contextDigest":"sha256:c","containerimage.digest":"sha256:1","#
        + #""image.name":"docker.io/library/a:1,r.example/b:2"}"#)
    #expect(
      text([.init(tag: "r.example/b:2", ok: true, pushed: true, digest: "sha256:2")])
        == #"{"buildId":"b","contextDigest":"sha256:c","containerimage.digest":"sha256:2","#
        + #""containerimage.config.digest":"sha256:1","image.name":"r.example/b:2"}"#)
  }
}

struct ResultFileTests {
  private func content(_ path: String) -> String? {
    LocalFile.read(path, limit: 1_024).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func oldOneIsGoneUntilTheNewOneIsWritten() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("id", "old and longer")
    let file = try ResultFile(path)
    #expect(content(path) == nil)
    try file.write(Array("new".utf8))
    #expect(content(path) == "new")
  }

  @Test func linkIsKeptAndItsFileIsEmptied() throws {
    let directory = try TemporaryDirectory()
    let target = try directory.file("target", "old")
    let path = directory.path + "/link"
    try #require(symlink(target, path) == 0)
    let file = try ResultFile(path)
    #expect(content(target) == "")
    try file.write(Array("new".utf8))
    #expect(content(target) == "new")
    var info = stat()
    #expect(lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK)
  }

  @Test func placeThatCannotHoldOneIsToldBeforehand() throws {
    let directory = try TemporaryDirectory()
    let error = #expect(throws: ProgramError.self) { _ = try ResultFile(directory.path + "/none/id") }
    #expect(error == .local("Cannot write \(directory.path)/none/id: No such file or directory."))
    #expect(throws: ProgramError.self) { try ResultFile(directory.path).write([]) }
  }
}
