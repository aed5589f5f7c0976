import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Paths of clients that see something else than the broker.
  @Suite(.enabled(if: Setting.isRoot, "needs root")) struct PathRefusalTests {
    private func refusal(_ broker: BrokerProcess, _ wrapper: [String], _ tree: ContextTree) throws -> JSONValue? {
      let request =
        #"{"jsonrpc":"2.0","id":1,"method":"build","params":{"context":"\#(tree.path)","wait":true}}"#
      let script = """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
        s.sendall(sys.argv[2].encode() + b"\\n"); print(s.makefile().readline())
        """
      let answer = try RunningProgram.output(of: wrapper + ["python3", "-c", script, broker.socket, request])
      return try JSONValue.parsing(answer).at("error", "data", "detail", "reason")
    }

    @Test func clientInAnotherMountNamespaceIsRefusedAndSendsItsFiles() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN true")
      #expect(try refusal(broker, ["unshare", "--mount"], tree) == "differentMountNamespace")
      #expect(try broker.builds() == [])
      let sent = try FinishedBuild(
        RunningProgram([
          "unshare", "--mount", Setting.control, "build", "--json", "--socket", broker.socket, tree.path,
        ]))
      #expect(sent.exit == .code(0), "\(sent.log)")
      let read = try broker.build(tree)
      #expect(read.exit == .code(0))
      #expect(sent.build["contextDigest"] != nil)
      #expect(sent.build["contextDigest"] == read.build["contextDigest"])
    }

    /// Of a tree whose `z` comes behind more than a pipe and the client's buffer hold.
    private func buildOfChangingTree(
      _ broker: BrokerProcess, _ tree: ContextTree, change: String
    ) throws -> RunningProgram.Result {
      try tree.directory.writeSparse("large", bytes: 8 << 20)
      try tree.directory.write("z", "z")
      let place = try TestDirectory()
      let proxy = try PassingProxy(in: place, to: broker, command: "cd '\(tree.path)'; \(change)")
      return try RunningProgram.run([
        Setting.control, "build", "--json", "--progress", "plain", "--socket", proxy.socket, tree.path,
      ])
    }

    @Test func treeThatChangesWhileTheClientSendsItIsReadAgain() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY z /\n")
      let end = try buildOfChangingTree(broker, tree, change: "[ $1 != 1 ] || echo more >>z")
      #expect(end.exit == .code(0), "\(end.errors)")
      #expect(end.errors.contains("z changed while it was sent; it is read again.\n"))
      let digest = try JSONValue.parsing(end.output)["contextDigest"]
      #expect(digest != nil)
      #expect(try broker.build(tree).build["contextDigest"] == digest)
    }

    @Test func treeThatChangesEachTimeTheClientSendsItIsGivenUp() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY z /\n")
      let end = try buildOfChangingTree(broker, tree, change: "echo more >>z")
      #expect(end.exit == .code(75))
      #expect(end.output == "")
      #expect(end.errors.hasSuffix("z changed while it was read. Build again when the tree is at rest.\n"))
      #expect(try broker.builds().allSatisfy { $0["state"] == "failed" })
    }

    @Test func clientWithAnotherRootDirectoryIsRefused() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN true")
      // The same tree by another mount, seen by the broker as well.
      let root = try broker.place.makeDirectory("root")
      try RunningProgram.output(of: ["mount", "--bind", "/", root])
      defer { _ = try? RunningProgram.run(["umount", "-l", root]) }
      #expect(try refusal(broker, ["chroot", root], tree) == "sandboxed")
    }

    @Test func rootIsAnotherUserToTheBrokerOfAUser() throws {
      let place = try TestDirectory()
      chmod(place.path, 0o755)
      let own = try place.makeDirectory("own", mode: 0o700)
      try #require(chown(own, 4_242, 4_242) == 0)
      try RunningProgram.output(of: ["cp", Setting.daemon, place.path])
      let socket = own + "/s"
      let daemon = try RunningProgram(
        [
          "setpriv", "--reuid=4242", "--regid=4242", "--clear-groups", place("swiftdockd"), "--socket", socket,
          "--state-dir", own + "/state", "--engine", Setting.engine,
        ])
      try daemon.wait(for: "listening", in: .errors)
      let tree = try ContextTree(steps: "RUN true")
      let answer = try WireSession(socket)
      let refused = try answer.answer(to: answer.request("build", ["context": .string(tree.path)]))
      #expect(refused.at("error", "data", "detail", "reason") == "differentUser")
      daemon.signal(SIGTERM)
      #expect(try daemon.finish().exit == .code(0))
    }

    @Test func connectionOfAProcessThatIsGoneIsRefused() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN true")
      let script = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
        parent = os.getpid()
        if os.fork(): os._exit(0)
        while os.getppid() == parent: pass
        s.sendall(sys.argv[2].encode() + b"\\n"); print(s.makefile().readline())
        """
      let request = #"{"jsonrpc":"2.0","id":1,"method":"build","params":{"context":"\#(tree.path)"}}"#
      // cat reads until the child has ended that goes on with the connection.
      let answer = try RunningProgram.output(of: [
        "sh", "-c", #"python3 -c "$1" "$2" "$3" | cat"#, "sh", script, broker.socket, request,
      ])
      #expect(try JSONValue.parsing(answer).at("error", "data", "detail", "reason") == "identityMismatch")
    }
  }
}
