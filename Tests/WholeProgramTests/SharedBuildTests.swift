import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Equal builds that overlap.
  @Suite struct SharedBuildTests {
    /// The step's text in the log, which holds a number that is another one each time the step runs. The quotes keep it
    /// out of the step's name.
    private static let unique = "echo mar''ked $(cat /proc/sys/kernel/random/uuid)"

    private func markedLines(_ log: String) -> [Substring] {
      log.split(separator: "\n").compactMap { line in
        line.firstRange(of: "marked ").map { line[$0.lowerBound...] }
      }
    }

    @Test(arguments: BuilderName.allCases)
    func eightEqualBuildsRunOnceAndAllGetLogAndImage(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(Self.unique); \(gate.command)")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      var clients = try (1...7).map { _ in try broker.startBuild(tree, "--builder", builder.rawValue) }
      let visit = try gate.visit()
      // This one comes when the step has run for a while.
      clients.append(try broker.startBuild(tree, "--builder", builder.rawValue))
      for client in clients { try client.wait(for: "marked ", in: .errors) }
      visit.release()
      let ends = try clients.map(FinishedBuild.init)

      #expect(ends.allSatisfy { $0.exit == .code(0) && $0.state == "succeeded" })
      #expect(Set(ends.map(\.imageID)).count == 1)
      #expect(ends[0].imageID?.hasPrefix("sha256:") == true)
      #expect(Set(ends.map(\.executionID)).count == 1)
      #expect(Set(ends.map(\.id)).count == 8)
      #expect(ends.filter { $0.build["joined"] == true }.count == 7)
      let marks = ends.map { markedLines($0.log) }
      #expect(marks.allSatisfy { $0.count == 1 })
      #expect(Set(marks).count == 1)
      #expect(!gate.isAwaited)
      #expect(Set(try broker.builds().map { $0["executionId"]?.stringValue }).count == 1)
    }

    @Test(arguments: BuilderName.allCases)
    func buildsWithDifferentArgumentsRunApart(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "ARG WORD\nRUN echo mar''ked $WORD; \(gate.command)")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let clients = try ["one", "two"].map { word in
        try broker.startBuild(tree, "--builder", builder.rawValue, "--build-arg", "WORD=\(word)")
      }
      // Both are there at the same time.
      let visits = try [gate.visit(), gate.visit()]
      for visit in visits { visit.release() }
      let ends = try clients.map(FinishedBuild.init)
      #expect(ends.map { markedLines($0.log) } == [["marked one"], ["marked two"]])
      #expect(Set(ends.map(\.executionID)).count == 2)
      #expect(ends.allSatisfy { $0.exit == .code(0) })
    }

    @Test func aBuildThatWantsNoCompanyGetsNone() throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(Self.unique); \(gate.command)")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let clients = try [
        broker.startBuild(tree, "--builder", "classic"),
        broker.startBuild(tree, "--builder", "classic", "--no-dedupe"),
      ]
      let visits = try [gate.visit(), gate.visit()]
      for visit in visits { visit.release() }
      let ends = try clients.map(FinishedBuild.init)
      #expect(ends.allSatisfy { $0.build["joined"] == false && $0.exit == .code(0) })
      #expect(Set(ends.map { markedLines($0.log) }).count == 2)
    }

    @Test(arguments: BuilderName.allCases)
    func failureReachesEverybody(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command); echo las''t words; exit 7")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let first = try broker.startBuild(tree, "--builder", builder.rawValue)
      let visit = try gate.visit()
      let second = try broker.startBuild(tree, "--builder", builder.rawValue)
      try second.wait(for: "shares work", in: .errors)
      visit.release()
      for end in try [first, second].map(FinishedBuild.init) {
        #expect(end.exit == .code(1))
        #expect(end.errorCode == 1202)
        #expect(end.errorDetail?["exitCode"] == 7)
        #expect(end.log.contains("last words"))
      }
    }
  }
}
