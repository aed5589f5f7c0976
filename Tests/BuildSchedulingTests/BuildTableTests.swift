import BuildScheduling
import Testing

private let a = BuildID("a")
private let b = BuildID("b")
private let c = BuildID("c")
private let x = ExecutionID("x")
private let y = ExecutionID("y")
private let z = ExecutionID("z")

private func key(_ text: String) -> BuildKey {
  var key = BuildKey()
  key.append(text)
  return key
}

private func measured(
  _ name: String = "tree", images: [String: String?] = [:], source: String = "/src", fresh: Bool = false,
  shared: Bool = true
) -> MeasuredBuild {
  MeasuredBuild(key: key(name), images: images, source: source, needsFresh: fresh, isShared: shared)
}

extension BuildTable {
  /// Where nothing is split.
  fileprivate mutating func sourceChanged(_ id: ExecutionID, path: String) -> [Action] {
    sourceChanged(id, path: path) {
      Issue.record("\(id) was split")
      return ExecutionID("split")
    }
  }
}

/// A table with these builds already asked for.
private func table(running: Int = 4, _ builds: BuildID...) throws -> BuildTable {
  var table = BuildTable(limits: BuildLimits(running: running))
  for build in builds { #expect(try table.requested(build, by: 1) == [.measure(build)]) }
  return table
}

@Suite struct BuildTableSharingTests {
  @Test func equalBuildsShareOneExecution() throws {
    var table = try table(a, b)
    #expect(
      table.measured(a, measured(), newExecution: x) == [.attach(a, to: x, isFirst: true), .start(x, source: a)])
    #expect(table.measured(b, measured(), newExecution: y) == [.attach(b, to: x, isFirst: false)])
    #expect(table.participants(of: x) == [a, b])
    #expect(table.executionEnded(x, .succeeded) == [.publish(a), .publish(b)])
    #expect(table.published(a, succeeded: true) == [.end(a, .succeeded)])
    #expect(table.published(b, succeeded: false) == [.end(b, .publishFailed)])
    #expect(table.isIdle)
  }

  @Test func failureReachesEverybody() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.measured(b, measured(), newExecution: y)
    #expect(table.executionEnded(x, .failed) == [.end(a, .executionFailed), .end(b, .executionFailed)])
    #expect(table.isIdle)
  }

  @Test func differentKeysStayApart() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured("one"), newExecution: x)
    #expect(
      table.measured(b, measured("two"), newExecution: y) == [
        .attach(b, to: y, isFirst: true), .start(y, source: b),
      ])
  }

  @Test func anEndedExecutionIsNotJoined() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.executionEnded(x, .succeeded)
    #expect(table.measured(b, measured(), newExecution: y).contains(.start(y, source: b)))
  }

  @Test func unsharedBuildsNeitherJoinNorAreJoined() throws {
    var table = try table(a, b, c)
    _ = table.measured(a, measured(shared: false), newExecution: x)
    #expect(table.measured(b, measured(), newExecution: y).contains(.start(y, source: b)))
    #expect(table.measured(c, measured(shared: false), newExecution: z).contains(.start(z, source: c)))
  }

  @Test func aBuildThatWantsFreshWorkJoinsOnlyWhatHasNotBegun() throws {
    var table = try table(running: 1, a, b, c)
    _ = table.measured(a, measured(fresh: true), newExecution: x)
    #expect(
      table.measured(b, measured(fresh: true), newExecution: y) == [
        .attach(b, to: y, isFirst: true), .enqueue(y, source: b),
      ])
    #expect(table.measured(c, measured(fresh: true), newExecution: z) == [.attach(c, to: y, isFirst: false)])
  }

  @Test func aMovedBaseImageKeepsBuildsApart() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(images: ["base": "sha256:1"]), newExecution: x)
    #expect(
      table.measured(b, measured(images: ["base": "sha256:2"]), newExecution: y).contains(.start(y, source: b)))
  }

  @Test func anImagePulledByTheExecutionIsTheSameForALateJoiner() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(images: ["base": nil]), newExecution: x)
    table.imagesReady(x, ["base": "sha256:1"])
    #expect(
      table.measured(b, measured(images: ["base": "sha256:1"]), newExecution: y) == [
        .attach(b, to: x, isFirst: false)
      ])
  }
}

@Suite struct BuildTableCancelTests {
  @Test func leavingOthersGoOn() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.measured(b, measured(), newExecution: y)
    let (answer, actions) = table.cancelled(a, by: .owner)
    #expect(answer == .left(others: 1))
    #expect(actions == [.end(a, .cancelled(by: .owner, mayStillRun: false))])
    #expect(table.executionEnded(x, .succeeded) == [.publish(b)])
  }

  @Test func theLastToLeaveStopsTheWorkAndEndsWithIt() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.measured(b, measured(), newExecution: y)
    _ = table.cancelled(a, by: .owner)
    let (answer, actions) = table.cancelled(b, by: .disconnect)
    #expect(answer == .stopping)
    #expect(actions == [.stop(x)])
    #expect(table.cancelled(b, by: .owner) == (.stopping, []))
    #expect(
      table.executionEnded(x, .stopped(mayStillRun: true)) == [
        .end(b, .cancelled(by: .disconnect, mayStillRun: true))
      ])
    #expect(table.cancelled(b, by: .owner) == (.alreadyFinished, []))
  }

  @Test(arguments: [ExecutionEnd.succeeded, .failed, .stopped(mayStillRun: false)])
  func aStopThatCrossesTheEndIsStillACancel(end: ExecutionEnd) throws {
    var table = try table(a)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.cancelled(a, by: .owner)
    #expect(table.executionEnded(x, end) == [.end(a, .cancelled(by: .owner, mayStillRun: false))])
  }

  @Test func aCallerArrivingDuringAStopWaitsAndStartsAnew() throws {
    var table = try table(a, b, c)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.cancelled(a, by: .owner)
    #expect(table.measured(b, measured(), newExecution: y) == [])
    #expect(table.measured(c, measured(), newExecution: z) == [])
    #expect(
      table.executionEnded(x, .stopped(mayStillRun: false)) == [
        .end(a, .cancelled(by: .owner, mayStillRun: false)),
        .attach(b, to: y, isFirst: true), .start(y, source: b),
        .attach(c, to: y, isFirst: false),
      ])
  }

  @Test func cancellingBeforeTheContextIsReadStopsTheReading() throws {
    var table = try table(a)
    #expect(
      table.cancelled(a, by: .owner).1 == [
        .stopMeasuring(a), .end(a, .cancelled(by: .owner, mayStillRun: false)),
      ])
    #expect(table.measured(a, measured(), newExecution: x) == [])
    #expect(table.measuringFailed(a) == [])
    #expect(table.isIdle)
  }

  @Test func cancellingWhileWaitingForAStopEndsAtOnce() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.cancelled(a, by: .owner)
    _ = table.measured(b, measured(), newExecution: y)
    #expect(table.cancelled(b, by: .owner).1 == [.end(b, .cancelled(by: .owner, mayStillRun: false))])
    #expect(
      table.executionEnded(x, .stopped(mayStillRun: false)) == [
        .end(a, .cancelled(by: .owner, mayStillRun: false))
      ])
    #expect(table.isIdle)
  }

  @Test func aQueuedExecutionThatNobodyWantsNeverRuns() throws {
    var table = try table(running: 1, a, b, c)
    _ = table.measured(a, measured("one"), newExecution: x)
    _ = table.measured(b, measured("two"), newExecution: y)
    _ = table.measured(c, measured("three"), newExecution: z)
    #expect(table.position(of: z) == 2)
    #expect(
      table.cancelled(b, by: .owner).1 == [.end(b, .cancelled(by: .owner, mayStillRun: false)), .discard(y)])
    #expect(table.position(of: z) == 1)
    #expect(table.executionEnded(x, .failed) == [.end(a, .executionFailed), .start(z, source: c)])
  }

  @Test func publishingThatIsStoppedIsACancelUnlessItWasComplete() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    _ = table.measured(b, measured(), newExecution: y)
    _ = table.executionEnded(x, .succeeded)
    #expect(table.cancelled(a, by: .owner) == (.stopping, [.stopPublishing(a)]))
    #expect(table.cancelled(a, by: .owner) == (.stopping, []))
    #expect(table.published(a, succeeded: false) == [.end(a, .cancelled(by: .owner, mayStillRun: false))])
    #expect(table.cancelled(b, by: .timeout).1 == [.stopPublishing(b)])
    #expect(table.published(b, succeeded: true) == [.end(b, .succeeded)])
  }

  @Test func shutdownCancelsEverybodyAndRefusesNewBuilds() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(), newExecution: x)
    table.drain()
    #expect(throws: BuildTable.Refusal.draining) { try table.requested(c, by: 1) }
    #expect(
      table.cancelAll(by: .shutdown) == [
        .stop(x), .stopMeasuring(b), .end(b, .cancelled(by: .shutdown, mayStillRun: false)),
      ])
  }
}

@Suite struct BuildTableQueueTests {
  @Test func runsAsManyAsAllowedAndTheRestInOrder() throws {
    var table = try table(running: 2, a, b, c)
    #expect(table.measured(a, measured("1"), newExecution: x).contains(.start(x, source: a)))
    #expect(table.measured(b, measured("2"), newExecution: y).contains(.start(y, source: b)))
    #expect(
      table.measured(c, measured("3"), newExecution: z) == [
        .attach(c, to: z, isFirst: true), .enqueue(z, source: c),
      ])
    #expect(table.counts == (0, 1, 2))
    #expect(table.executionEnded(y, .failed) == [.end(b, .executionFailed), .start(z, source: c)])
  }

  @Test func aStoppingExecutionKeepsItsPlaceUntilTheEngineHasStopped() throws {
    var table = try table(running: 1, a, b)
    _ = table.measured(a, measured("1"), newExecution: x)
    _ = table.measured(b, measured("2"), newExecution: y)
    _ = table.cancelled(a, by: .owner)
    #expect(table.position(of: y) == 1)
    #expect(table.executionEnded(x, .stopped(mayStillRun: false)).contains(.start(y, source: b)))
  }

  @Test func refusesMoreWaitingBuildsThanAnOwnerMayHave() throws {
    var table = BuildTable(limits: BuildLimits(running: 1, waitingPerOwner: 2))
    _ = try table.requested(a, by: 1)
    _ = try table.requested(b, by: 1)
    #expect(throws: BuildTable.Refusal.queueFull(queued: 2, limit: 2)) { try table.requested(c, by: 1) }
    #expect(try table.requested(c, by: 2) == [.measure(c)])
  }

  @Test func runningBuildsAreNotCountedAsWaiting() throws {
    var table = BuildTable(limits: BuildLimits(running: 1, waitingPerOwner: 1))
    _ = try table.requested(a, by: 1)
    _ = table.measured(a, measured(), newExecution: x)
    #expect(try table.requested(b, by: 1) == [.measure(b)])
  }
}

@Suite struct BuildTableChangedContextTests {
  @Test func theNextParticipantsOwnContextIsUsed() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured(source: "/one"), newExecution: x)
    _ = table.measured(b, measured(source: "/two"), newExecution: y)
    #expect(table.sourceChanged(x, path: "f") == [.start(x, source: b)])
    #expect(table.executionEnded(x, .succeeded) == [.publish(a), .publish(b)])
  }

  @Test func theOnlyContextIsReadAgainOnceAndThenTheBuildFails() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured("old"), newExecution: x)
    _ = table.measured(b, measured("old"), newExecution: y)
    #expect(table.sourceChanged(x, path: "f") == [.measure(a)])
    #expect(
      table.measured(a, measured("new"), newExecution: y) == [.renew(x, source: a), .start(x, source: a)])
    #expect(
      table.sourceChanged(x, path: "g") == [
        .end(a, .contextChanged(path: "g")), .end(b, .contextChanged(path: "g")),
      ])
    #expect(table.isIdle)
  }

  @Test func eachSourceIsReadAgainForThoseThatComeFromIt() throws {
    var table = try table(a, b, c)
    _ = table.measured(a, measured("old", source: "/one"), newExecution: x)
    _ = table.measured(b, measured("old", source: "/two"), newExecution: y)
    _ = table.measured(c, measured("old", source: "/one"), newExecution: z)
    #expect(table.sourceChanged(x, path: "f") == [.start(x, source: b)])
    #expect(
      table.sourceChanged(x, path: "g", newExecution: { y }) == [
        .measure(a), .split([b], from: x, to: y), .measure(b),
      ])
    #expect(table.participants(of: x) == [a, c])
    #expect(table.participants(of: y) == [b])
    #expect(
      table.measured(b, measured("two", source: "/two"), newExecution: z) == [
        .renew(y, source: b), .start(y, source: b),
      ])
    #expect(
      table.measured(a, measured("one", source: "/one"), newExecution: z) == [
        .renew(x, source: a), .start(x, source: a),
      ])
    #expect(table.sourceChanged(y, path: "h") == [.end(b, .contextChanged(path: "h"))])
    #expect(table.executionEnded(x, .succeeded) == [.publish(a), .publish(c)])
  }

  @Test func whatIsReadAgainWithoutAPlaceWaitsForOneBeforeOthers() throws {
    var table = try table(running: 1, a, b, c)
    _ = table.measured(a, measured("old", source: "/one"), newExecution: x)
    _ = table.measured(b, measured("old", source: "/two"), newExecution: y)
    _ = table.measured(c, measured("other"), newExecution: z)
    _ = table.sourceChanged(x, path: "f")
    _ = table.sourceChanged(x, path: "f", newExecution: { y })
    #expect(
      table.measured(b, measured("two", source: "/two"), newExecution: z) == [
        .renew(y, source: b), .enqueue(y, source: b),
      ])
    #expect(table.queuedExecutions == [y, z])
    #expect(table.measured(a, measured("one", source: "/one"), newExecution: z).last == .start(x, source: a))
    #expect(table.executionEnded(x, .succeeded) == [.publish(a), .start(y, source: b)])
  }

  @Test func whoJoinedWhatWasReadAgainHasItsOwnSecondWalk() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured("old", source: "/one"), newExecution: x)
    _ = table.sourceChanged(x, path: "f")
    _ = table.measured(a, measured("new", source: "/one"), newExecution: z)
    _ = table.measured(b, measured("new", source: "/two"), newExecution: z)
    #expect(table.sourceChanged(x, path: "g") == [.start(x, source: b)])
    #expect(table.sourceChanged(x, path: "h") == [.measure(b), .end(a, .contextChanged(path: "h"))])
  }

  @Test func aRenewedExecutionIsJoinedUnderItsNewKey() throws {
    var table = try table(a, b, c)
    _ = table.measured(a, measured("old"), newExecution: x)
    _ = table.sourceChanged(x, path: "f")
    #expect(table.measured(b, measured("old"), newExecution: y).contains(.start(y, source: b)))
    _ = table.measured(a, measured("new"), newExecution: z)
    #expect(table.measured(c, measured("new"), newExecution: z) == [.attach(c, to: x, isFirst: false)])
  }

  @Test func theWalkGoesOnForTheOthersWhenItsBuildLeaves() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured("old"), newExecution: x)
    _ = table.measured(b, measured("old"), newExecution: y)
    _ = table.sourceChanged(x, path: "f")
    #expect(table.cancelled(a, by: .owner).1 == [.end(a, .cancelled(by: .owner, mayStillRun: false))])
    #expect(table.measured(a, measured("new"), newExecution: y).contains(.start(x, source: a)))
    #expect(table.executionEnded(x, .succeeded) == [.publish(b)])
  }

  @Test func theLastToLeaveEndsTheSecondWalk() throws {
    var table = try table(a)
    _ = table.measured(a, measured("old"), newExecution: x)
    _ = table.sourceChanged(x, path: "f")
    #expect(
      table.cancelled(a, by: .owner).1 == [
        .stopMeasuring(a), .end(a, .cancelled(by: .owner, mayStillRun: false)), .discard(x),
      ])
    #expect(table.measured(a, measured("new"), newExecution: y) == [])
    #expect(table.isIdle)
  }

  @Test func aSecondWalkThatFailsEndsEverybody() throws {
    var table = try table(a, b)
    _ = table.measured(a, measured("old"), newExecution: x)
    _ = table.measured(b, measured("old"), newExecution: y)
    _ = table.sourceChanged(x, path: "f")
    #expect(table.measuringFailed(a) == [.end(a, .contextFailed), .end(b, .contextFailed)])
  }
}

@Suite struct BuildKeyTests {
  @Test func fieldBoundariesMatter() {
    var one = BuildKey()
    one.append("ab")
    one.append("c")
    var two = BuildKey()
    two.append("a")
    two.append("bc")
    #expect(one != two)
  }
}
