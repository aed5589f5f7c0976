import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Whichever way a context or its Dockerfile comes, its digest is the same.
  struct ContextWaysTests {
    private func tree(dockerfile: String?) throws -> ContextTree {
      let tree = try ContextTree(dockerfile: dockerfile)
      let place = tree.directory
      try place.makeDirectory("sub", mode: 0o1750)
      try place.write("sub/set-id", "x", mode: 0o4711)
      try place.write("sub/" + String(repeating: "é", count: 100), "name", mode: 0o600)
      try place.write("large", (0..<500_000).map { UInt8(truncatingIfNeeded: $0 / 5) })
      try RunningProgram.output(
        of: ["sh", "-ec", "cd \"$1\"; ln large sub/same; ln -s ../large sub/link; mkfifo fifo", "sh", place.path])
      return tree
    }

    /// Runs `swiftdock-ctl` in a shell, where `$CTL` is the program, `$TREE` the directory and `$FILE` what else there is.
    private func run(
      _ command: String, _ broker: BrokerProcess, _ tree: ContextTree, file: String
    ) throws -> RunningProgram {
      try RunningProgram(
        ["sh", "-ec", command],
        environment: [
          "SWIFTDOCK_SOCKET": broker.socket, "CTL": Setting.control, "TREE": tree.path, "FILE": file,
        ])
    }

    @Test(arguments: [("tar", "cat"), ("tar.gz", "gzip"), ("tar.zst", "zstd -q")])
    func archiveHasTheDigestOfItsDirectoryByEveryWay(format: String, compression: String) throws {
      let tree = try tree(dockerfile: "FROM scratch\nCOPY . /\n")
      let place = try TestDirectory()
      let archive = place("archive")
      try RunningProgram.output(of: [
        "sh", "-ec", "tar -C \"$1\" -c . | \(compression) >\"$2\"", "sh", tree.path, archive,
      ])
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let expected = try #require(broker.build(tree).build["contextDigest"]?.stringValue)

      for command in ["$CTL build --json - <$FILE", "cat $FILE | $CTL build --json -"] {
        let build = try FinishedBuild(run(command, broker, tree, file: archive))
        #expect(build.build["contextDigest"] == .string(expected), "\(command): \(build.log)")
        #expect(build.exit == .code(0))
      }
      for command in ["context digest $FILE", "context digest - <$FILE", "context digest $TREE"] {
        let end = try run("$CTL \(command)", broker, tree, file: archive).finish()
        #expect(end.output == expected + "\n", "\(command)")
      }
      #expect(try upload(HostFiles.bytes(of: archive), format, to: broker) == expected)
    }

    private func upload(_ bytes: [UInt8], _ format: String, to broker: BrokerProcess) throws -> String? {
      let session = try WireSession(broker.socket)
      let id = try session.call("context.upload.begin", ["format": .string(format)])["uploadId"] ?? .null
      var offset = 0
      while offset < bytes.count {
        let piece = bytes[offset...].prefix(50_001)
        let params: JSONObject = [
          "uploadId": id, "offset": .integer(Int64(offset)), "data": .string(Base64.encode(piece)),
        ]
        _ = try session.call("context.upload.chunk", params)
        offset += piece.count
      }
      return try session.call("context.upload.end", ["uploadId": id])["contextDigest"]?.stringValue
    }

    @Test(arguments: BuilderName.allCases)
    func aDockerfileFromElsewhereIsTheSameByEveryWay(builder: BuilderName) throws {
      let tree = try tree(dockerfile: nil)
      try tree.directory.write(".dockerignore", "fifo\n")
      let place = try TestDirectory()
      let text = "FROM scratch\nCOPY large /\n"
      let file = try place.write("Dockerfile", text)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let build = try broker.call(
        "build",
        [
          "context": .string(tree.path), "dockerfileText": .string(text), "builder": .string(builder.rawValue),
          "wait": true, "events": false,
        ])
      let image = try #require(build.at("result", "imageId")?.stringValue)
      for option in ["-f $FILE $TREE", "-f - $TREE <$FILE", "-f ..$FILE $TREE"] {
        let end = try FinishedBuild(
          run("cd /tmp; $CTL build --json --builder \(builder.rawValue) \(option)", broker, tree, file: file))
        #expect(end.exit == .code(0), "\(option): \(end.log)")
        #expect(end.build["contextDigest"] == build["contextDigest"], "\(option)")
        #expect(end.imageID == image, "\(option)")
      }
    }

    @Test func aDockerfileOfTheTreeIsTheSameByEveryName() throws {
      let tree = try tree(dockerfile: nil)
      try tree.directory.write("sub/prod", "FROM scratch\nCOPY large /\n")
      try RunningProgram.output(of: ["sh", "-ec", "cd \"$1\"; ln -s sub/prod other", "sh", tree.path])
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let params: JSONObject = [
        "context": .string(tree.path), "dockerfile": "sub/prod", "wait": true, "events": false,
      ]
      let build = try broker.call("build", params)
      #expect(build["state"] == "succeeded")
      for option in ["-f $TREE/sub/prod $TREE", "-f sub/prod .", "-f ./sub/../sub//prod .", "-f other ."] {
        let end = try FinishedBuild(run("cd $TREE; $CTL build --json \(option)", broker, tree, file: ""))
        #expect(end.exit == .code(0), "\(option): \(end.log)")
        #expect(end.build["contextDigest"] == build["contextDigest"], "\(option)")
        #expect(end.build["dockerfile"] == build["dockerfile"], "\(option)")
      }
    }
  }
}
