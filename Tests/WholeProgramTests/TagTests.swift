import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Names of images.
  @Suite struct TagTests {
    /// A repository that no other test, and no other run, has.
    private let repository = "swiftdock-test-\(UInt32.random(in: 0 ... .max))/app"

    @Test(arguments: BuilderName.allCases)
    func eachOfTwoSharedBuildsGetsItsOwnTags(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command)")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let first = try broker.startBuild(tree, "--builder", builder.rawValue, "-t", "\(repository):one")
      let visit = try gate.visit()
      let second = try broker.startBuild(
        tree, "--builder", builder.rawValue, "-t", "\(repository):two", "-t", "\(repository):{context:6}")
      try second.wait(for: "shares work", in: .errors)
      visit.release()
      let ends = try [first, second].map(FinishedBuild.init)
      #expect(ends.allSatisfy { $0.exit == .code(0) })
      let docker = try Docker()
      let digest = try #require(ends[1].build["contextDigest"]?.stringValue)
      let short = digest.dropFirst("sha256:".count).prefix(6)
      let tags = [["\(repository):one"], ["\(repository):two", "\(repository):\(short)"]]
      for (end, tags) in zip(ends, tags) {
        #expect(end.build.at("result", "tags")?.arrayValue?.compactMap { $0["tag"]?.stringValue } == tags)
        for tag in tags {
          #expect(try docker.output("image", "inspect", "--format", "{{.Id}}", tag) == end.imageID)
          try docker.output("rmi", "--no-prune", tag)
        }
      }
      #expect(ends[0].imageID == ends[1].imageID)
    }

    @Test(arguments: ["name/UPPER", "name:bad tag", "a//b", "name@sha256:00", "name:{context:5}"])
    func anInvalidTagIsRefusedBeforeAnythingIsBuilt(tag: String) throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN true")
      let end = try broker.control("build", "-t", tag, tree.path)
      #expect(end.exit == .code(2))
      #expect(end.output == "")
      #expect(end.errors.contains("--tag"))
      let session = try WireSession(broker.socket)
      let request = try session.request("build", ["context": .string(tree.path), "tags": [.string(tag)]])
      let answer = try session.answer(to: request)
      #expect(answer.at("error", "code") == -32602)
      #expect(answer.at("error", "data", "detail", "path") == "/tags/0")
      #expect(try broker.builds() == [])
    }
  }
}
