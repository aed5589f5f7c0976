import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Builds of both builders that are cancelled at any moment, several at a time, and what is there afterwards.
  @Suite(.enabled(if: Setting.isRoot, "needs root")) struct CancelledMomentsTests {
    private static let atOnce = 4
    /// Longer than such a build takes by itself, so that some come to their end.
    private static let longestMilliseconds = 2_500

    /// A wait in the machine's busybox; the mark is in the command line of every step.
    private func tree(_ mark: String) throws -> ContextTree {
      try ContextTree(
        steps: (1...3).map { "RUN : \(mark) \($0); sleep 0.3; echo \($0) >/\($0)" }.joined(separator: "\n"))
    }

    @Test func nothingIsLeftOfCancelledBuilds() throws {
      let seed = Setting.seed ?? UInt64.random(in: 0 ... .max)
      var random = SplitMix64(state: seed)
      let mark = "mark-\(seed)"
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      // By the end of a build it has the connection that rests on the Engine.
      #expect(try broker.build(tree("first"), "--tag", "first").exit == .code(0))
      let descriptors = try openDescriptors(of: broker.program.pid)
      var ends: [String: Int] = [:]
      var classic = 0
      var left = Setting.cancels
      while left > 0 {
        var moments: [(due: ContinuousClock.Instant, session: WireSession, id: JSONValue, tree: ContextTree)] = []
        for _ in 0..<min(left, Self.atOnce) {
          let builder = try #require(BuilderName.allCases.randomElement(using: &random))
          if builder == .classic { classic += 1 }
          let tree = try tree(mark)
          let session = try WireSession(broker.socket)
          let params: JSONObject = ["context": .string(tree.path), "builder": .string(builder.rawValue)]
          let id = try #require(session.call("build", params)["buildId"])
          let moment = Duration.milliseconds(Int.random(in: 0...Self.longestMilliseconds, using: &random))
          moments.append((.now + moment, session, id, tree))
        }
        left -= moments.count
        for build in moments.sorted(by: { $0.due < $1.due }) {
          // The moment is what is tried here.
          usleep(UInt32(max(.zero, build.due - .now) / .microseconds(1)))
          _ = try build.session.call("cancel", ["buildId": build.id])
        }
        for build in moments {
          let end = try build.session.call("build.wait", ["buildId": build.id])
          ends[end["state"]?.stringValue ?? "none", default: 0] += 1
          #expect(["cancelled", "succeeded"].contains(end["state"]), "seed \(seed): \(end)")
          #expect(end.at("error", "data", "detail", "mayStillRun") == nil, "seed \(seed): \(end)")
        }
      }
      // Said only once it is true.
      #expect(try processes(with: mark) == [], "seed \(seed)")
      let docker = try Docker(engine: engine.endpoint)
      #expect(try docker.output("ps", "--all", "--quiet") == "", "seed \(seed)")
      // As after `docker build`: what a classic build has made by then, of which only the last is nobody's parent.
      let dangling = try docker.output("images", "--quiet", "--filter", "dangling=true").split(separator: "\n").count
      #expect(dangling <= classic + ends["succeeded", default: 0], "seed \(seed)")
      try eventually("the broker closes what it opened for them") {
        try openDescriptors(of: broker.program.pid) <= descriptors
      }
      print(
        "cancelled moments: seed \(seed), \(Setting.cancels) builds (\(classic) classic), \(ends), \(dangling) dangling images"
      )
    }

    private func openDescriptors(of pid: Int32) throws -> Int {
      try RunningProgram.output(of: ["ls", "/proc/\(pid)/fd"]).split(separator: "\n").count
    }

    /// Command lines of all processes of the machine, steps included, that hold `text`.
    private func processes(with text: String) throws -> [String] {
      TestDirectory.names(in: "/proc").filter { Int32($0) != nil }.compactMap { name in
        // It may have ended since.
        let line = (try? HostFiles.text(of: "/proc/\(name)/cmdline")) ?? ""
        return line.contains(text) ? line : nil
      }
    }
  }
}

/// Steele, Lea and Flood: "Fast splittable pseudorandom number generators".
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
