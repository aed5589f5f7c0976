import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// `swiftdock-ctl explain`, for builds that an Engine has done.
  @Suite(.enabled(if: Docker.isInstalled, "needs docker's client"))
  struct ExplainTests {
    @Test(arguments: BuilderName.allCases)
    func filesOptionsAndABaseImageThatChangedAreTold(builder: BuilderName) throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let image = "swiftdock-explain-\(UInt64.random(in: 0 ... .max)):1"
      let base = try ContextTree(steps: "ENV BASE=1")
      let old = try broker.build(base, "--builder", builder.rawValue, "-t", image)
      try #require(old.state == "succeeded", "\(old.log)")

      let tree = try ContextTree(dockerfile: "FROM \(image)\nARG VERSION\nCOPY . /src\nRUN echo $VERSION\n")
      try tree.directory.write("a", "1")
      try tree.directory.write("gone", "")
      func build(_ version: String) throws -> FinishedBuild {
        let end = try broker.build(tree, "--builder", builder.rawValue, "--build-arg", "VERSION=\(version)")
        try #require(end.state == "succeeded", "\(end.log)")
        return end
      }
      func explain(_ builds: String...) throws -> RunningProgram.Result {
        let end = try broker.start(["explain"] + builds).finish()
        #expect(end.exit == .code(0) && end.errors == "", "\(end.errors)")
        return end
      }
      let first = try build("1")
      #expect(try explain("latest").output.hasPrefix("No earlier build of the same directory"))
      _ = try build("1")
      #expect(try explain("latest").output.hasPrefix("The same as \(first.id.prefix(12)) "))

      try tree.directory.write("a", "2")
      try tree.directory.write("new", "")
      _ = try RunningProgram.output(of: ["rm", tree.directory("gone")])
      try base.directory.write("Dockerfile", "FROM scratch\nCOPY busybox /bin/sh\nENV BASE=\(image)\n")
      let new = try broker.build(base, "--builder", builder.rawValue, "-t", image)
      let last = try build("2")

      let told = try explain(last.id, String(first.id.prefix(10))).output
      let (was, now) = (try #require(old.imageID).prefix(19), try #require(new.imageID).prefix(19))
      #expect(
        told.hasSuffix(
          " ago): 1 file changed, 1 added, 1 removed; build argument VERSION differs; base image \(image) was \(was), "
            + "is \(now)\n  changed  a (contents)\n  added    new\n  removed  gone\n"), "\(told)")
      #expect(told.hasPrefix("Not a repeat of \(first.id.prefix(12)) ("))
      let json = try JSONValue.lines(try explain("--json", "latest").output)
      #expect(json.count == 1)
      #expect(json.first?["options"] == ["buildArgs.VERSION"])
      #expect(
        json.first?["base"] == [
          [
            "image": .string(image), "before": .string(try #require(old.imageID)),
            "after": .string(try #require(new.imageID)),
          ]
        ])
      #expect(json.first == (try broker.call("build.explain", ["buildId": .string(last.id)])))
      let docker = try Docker()
      try docker.output("rmi", "--no-prune", "--force", image)
    }

    @Test func buildThatThereIsNotIsAFailureAndTooManyAreMisuse() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      #expect(try broker.control("explain", "latest").exit == .code(1))
      #expect(try broker.control("explain", String(repeating: "0", count: 32)).exit == .code(1))
      #expect(try broker.control("explain").exit == .code(2))
      #expect(try broker.control("explain", "a", "b", "c").exit == .code(2))
    }
  }
}
