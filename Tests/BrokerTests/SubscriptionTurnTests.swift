import BuildScheduling
import EventLoop
import Glibc
import SwiftDockProtocol
import Testing

@testable import Broker

/// The order in which a connection's subscriptions are served.
struct SubscriptionTurnTests {
  private let session: Session
  private let build = BuildRecord(
    id: BuildID("b"), number: 1, ownerUID: 0, params: BuildParams(context: .path("/")), input: .inline,
    network: .default, createdAtMs: 0)

  init() throws {
    var pair: [Int32] = [-1, -1]
    // A program that another test starts meanwhile must not hold these open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    close(pair[1])
    session = Session(
      id: SessionID(number: 1), socket: UnixSocket(owning: pair[0]), peer: PeerIdentity(pid: 0, uid: 0, gid: 0),
      refusal: nil)
  }

  private func subscribe(_ ids: String...) {
    for id in ids {
      session.subscriptions[id] = Subscription(
        id: id, build: build, from: 1, form: LogForm(), lastWanted: nil, wantsProgress: false)
    }
  }

  private func turn() -> [String] { session.subscriptionsInTurn().map(\.id) }

  @Test func eachComesFirstInItsTurn() {
    subscribe("c", "a", "b")
    #expect(turn() == ["a", "b", "c"])
    #expect(turn() == ["b", "c", "a"])
    #expect(turn() == ["c", "a", "b"])
    #expect(turn() == ["a", "b", "c"])
  }

  @Test func turnsGoOnBehindOneThatHasEnded() {
    subscribe("a", "b", "c")
    #expect(turn() == ["a", "b", "c"])
    #expect(turn() == ["b", "c", "a"])
    session.subscriptions["b"] = nil
    #expect(turn() == ["c", "a"])
    subscribe("d")
    #expect(turn() == ["d", "a", "c"])
  }

  @Test func oneOrNoneHasNoTurns() {
    #expect(turn() == [])
    subscribe("a")
    #expect(turn() == ["a"])
    #expect(turn() == ["a"])
  }
}
