import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Directories that cannot be built, or not as they are.
  @Suite struct BadContextTests {
    /// A build by path, from which `swiftdock-ctl` does not keep what it can see to be wrong itself.
    private func error(of path: String, _ broker: BrokerProcess) throws -> JSONValue {
      let build = try broker.call("build", ["context": .string(path), "wait": true, "events": false])
      #expect(build["state"] == "failed")
      return build["error"] ?? .null
    }

    @Test func aDirectoryThatIsNotThere() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let error = try error(of: "/no/such/directory", broker)
      #expect(error["code"] == 1301)
      #expect(error.at("data", "name") == "ContextNotFound")
      #expect(error.at("data", "detail", "path") == "/no/such/directory")
      let end = try broker.control("build", "--json", "/no/such/directory")
      #expect(end.exit == .code(1))
      #expect(end.errors.contains("/no/such/directory"))
      #expect(try self.error(of: "/etc/hostname", broker)["code"] == 1301)
      #expect(try self.error(of: "/proc", broker)["code"] == 1302)
    }

    @Test func aDockerfileThatIsNotThere() throws {
      let tree = try ContextTree(dockerfile: nil)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try broker.build(tree, "-f", "\(tree.path)/sub.dockerfile")
      #expect(end.exit == .code(1))
      #expect(end.errorCode == 1207)
      #expect(end.errorDetail?["path"] == "sub.dockerfile")
      #expect(try broker.build(tree).errorName == "DockerfileNotFound")
    }

    /// A broker of root's that has no more rights to files than their modes give.
    @Test(.enabled(if: Setting.isRoot, "needs root"))
    func aFileThatCannotBeRead() throws {
      let tree = try ContextTree(steps: "COPY secret /")
      try tree.directory.write("secret", "x", mode: 0)
      let rights = "-dac_override,-dac_read_search"
      let broker = try BrokerProcess(wrapper: ["setpriv", "--bounding-set=\(rights)", "--inh-caps=\(rights)"])
      defer { broker.stop() }
      let end = try broker.build(tree)
      #expect(end.exit == .code(1))
      #expect(end.errorCode == 1303)
      #expect(end.errorName == "ContextUnreadable")
      #expect(end.errorDetail?["path"] == "secret")
      #expect(end.errorDetail?["errno"] == "EACCES")
      // What is ignored need not be readable.
      try tree.directory.write(".dockerignore", "secret\n")
      try tree.directory.write("Dockerfile", "FROM scratch\nCOPY busybox /\n")
      #expect(try broker.build(tree).exit == .code(0))
    }

    @Test func anIgnoreFileThatCannotBeUnderstood() throws {
      let tree = try ContextTree(steps: "RUN true")
      try tree.directory.write(".dockerignore", "a\n[b\n")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try broker.build(tree)
      #expect(end.exit == .code(1))
      #expect(end.errorCode == 1306)
      #expect(end.errorDetail?["line"] == 2)
    }

    /// The image is one state of the file, or the build fails and names it.
    @Test(arguments: BuilderName.allCases)
    func aFileThatGrowsWhileItIsRead(builder: BuilderName) throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY growing /\n")
      try tree.directory.writeSparse("growing", bytes: 96 << 20)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let writer = try RunningProgram(
        ["sh", "-c", #"while echo; do echo grown >>"$1"; done"#, "sh", tree.directory("growing")])
      try writer.wait(for: "\n", in: .output)
      let end = try broker.build(tree, "--builder", builder.rawValue)
      writer.signal(SIGKILL)
      try writer.finish()
      if end.state == "succeeded" {
        #expect(end.exit == .code(0))
      } else {
        #expect(end.exit == .code(75))
        #expect(end.errorCode == 1310)
        #expect(end.errorDetail?["path"] == "growing")
      }
      // At rest it can be built, and what was sent is what its digest says.
      let last = try broker.build(tree, "--builder", builder.rawValue)
      #expect(last.exit == .code(0))
      let digest = try RunningProgram.output(
        of: [Setting.control, "context", "digest", "--builder", builder.rawValue, tree.path])
      #expect(last.build["contextDigest"]?.stringValue.map { $0 + "\n" } == digest)
    }
  }
}
