import BuildScheduling
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): the same walk for the same seed.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A shell that keeps the promises of the real one and notes when the table breaks its own.
private struct Shell {
  var table: BuildTable
  let running: Int
  var measuring: Set<BuildID> = []
  var publishing: Set<BuildID> = []
  var unfinished: Set<BuildID> = []
  var ended: Set<BuildID> = []
  /// Executions whose work is under way, and whether they were told to stop.
  var working: [ExecutionID: Bool] = [:]
  var complaints: [String] = []

  init(running: Int) {
    self.running = running
    table = BuildTable(limits: BuildLimits(running: running, waitingPerOwner: 1000))
  }

  mutating func perform(_ actions: [BuildTable.Action]) {
    for action in actions {
      switch action {
      case .measure(let build): note(measuring.insert(build).inserted, "measures \(build) twice")
      case .stopMeasuring(let build): note(measuring.contains(build), "stops measuring \(build), which nobody does")
      case .attach(let build, _, _): note(unfinished.contains(build), "attaches \(build), which has ended")
      case .enqueue(let id, _), .renew(let id, _): note(working[id] == nil, "touches \(id) while it works")
      case .split(let builds, let former, let id):
        note(working[former] == nil, "splits \(former) while it works")
        note(working[id] == nil, "splits into \(id), which works")
        note(unfinished.isSuperset(of: builds), "splits off \(builds), of which some have ended")
      case .start(let id, _):
        note(working[id] == nil, "starts \(id) twice")
        working[id] = false
        note(working.count <= running, "runs \(working.count) at once")
      case .stop(let id):
        note(working[id] == false, "stops \(id), which does not work")
        working[id] = true
      case .discard(let id): note(working[id] == nil, "discards \(id) while it works")
      case .publish(let build): note(publishing.insert(build).inserted, "publishes \(build) twice")
      case .stopPublishing(let build): note(publishing.contains(build), "stops publishing \(build) too late")
      case .end(let build, _):
        note(unfinished.remove(build) != nil, "ends \(build) twice")
        ended.insert(build)
      }
    }
  }

  private mutating func note(_ isRight: Bool, _ complaint: String) { if !isRight { complaints.append(complaint) } }
}

@Suite struct BuildTableWalkTests {
  /// Whatever happens, in whatever order: each build ends once, places are kept, and nothing is left when everything
  /// that was begun has ended.
  @Test(arguments: 0..<300) func everyBuildEndsOnceAndNothingStays(seed: Int) throws {
    var random = Seeded(state: UInt64(seed))
    var shell = Shell(running: Int.random(in: 1...3, using: &random))
    var made = 0
    for step in 0..<400 {
      // The last part only lets things end.
      switch Int.random(in: (step < 250 ? 0 : 3)...8, using: &random) {
      case 0, 1:
        made += 1
        let build = BuildID("b\(made)")
        shell.unfinished.insert(build)
        shell.perform(try shell.table.requested(build, by: 1))
      case 2:
        guard let build = shell.unfinished.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else {
          break
        }
        shell.perform(shell.table.cancelled(build, by: .owner).1)
      case 3, 4: measure(&shell, &random, made: &made)
      case 5, 6: work(&shell, &random, &made)
      default: publish(&shell, &random)
      }
    }
    finish(&shell, &random, &made)
    #expect(shell.complaints == [])
    #expect(shell.unfinished == [])
    #expect(shell.table.isIdle)
  }

  private func measure(_ shell: inout Shell, _ random: inout Seeded, made: inout Int) {
    guard let build = shell.measuring.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else { return }
    shell.measuring.remove(build)
    guard Int.random(in: 0..<8, using: &random) > 0 else { return shell.perform(shell.table.measuringFailed(build)) }
    made += 1
    var key = BuildKey()
    key.append("tree \(Int.random(in: 0..<3, using: &random))")
    let measured = MeasuredBuild(
      key: key, images: [:], source: "source \(Int.random(in: 0..<2, using: &random))",
      needsFresh: Bool.random(using: &random), isShared: Int.random(in: 0..<6, using: &random) > 0)
    shell.perform(shell.table.measured(build, measured, newExecution: ExecutionID("x\(made)")))
  }

  private func work(_ shell: inout Shell, _ random: inout Seeded, _ made: inout Int) {
    made += 1
    guard let id = shell.working.keys.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else { return }
    let wasStopped = shell.working.removeValue(forKey: id) ?? false
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      var count = 0
      let actions = shell.table.sourceChanged(id, path: "f") {
        count += 1
        return ExecutionID("\(id.text).\(made).\(count)")
      }
      shell.perform(actions)
    case 1: shell.perform(shell.table.executionEnded(id, .failed))
    case 2 where wasStopped: shell.perform(shell.table.executionEnded(id, .stopped(mayStillRun: false)))
    default: shell.perform(shell.table.executionEnded(id, .succeeded))
    }
  }

  private func publish(_ shell: inout Shell, _ random: inout Seeded) {
    guard let build = shell.publishing.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else { return }
    shell.publishing.remove(build)
    shell.perform(shell.table.published(build, succeeded: Bool.random(using: &random)))
  }

  private func finish(_ shell: inout Shell, _ random: inout Seeded, _ made: inout Int) {
    for _ in 0..<10_000 where !(shell.measuring.isEmpty && shell.working.isEmpty && shell.publishing.isEmpty) {
      measure(&shell, &random, made: &made)
      work(&shell, &random, &made)
      publish(&shell, &random)
    }
  }
}
