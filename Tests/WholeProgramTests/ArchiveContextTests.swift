import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Contexts that come as archives give what their directory gives.
  struct ArchiveContextTests {
    /// Builds what a command writes, by `swiftdock-ctl build` with these options.
    private func build(_ command: String, _ options: String, on broker: BrokerProcess) throws -> FinishedBuild {
      try FinishedBuild(
        RunningProgram(
          ["/bin/bash", "-c", "\(command) | \(Setting.control) build --json \(options) -"],
          environment: ["SWIFTDOCK_SOCKET": broker.socket]))
    }

    @Test(arguments: ["cat", "gzip", "zstd", "xz", "bzip2"])
    func archiveOnStandardInputGivesTheImageOfItsDirectory(compression: String) throws {
      let tree = try ContextTree(steps: "COPY . /all/\nRUN echo built")
      try tree.directory.write("set-id", "x", mode: 0o4755)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let path = try broker.build(tree)
      let archive = try build("tar -C '\(tree.path)' -cf - . | \(compression)", "", on: broker)
      #expect(archive.exit == .code(0), "\(archive.log)")
      #expect(archive.build["contextDigest"] == path.build["contextDigest"])
      #expect(archive.imageID == path.imageID)
    }

    @Test func archiveInAFileIsPassedAsItIsAndCanBeLeftToTheBroker() throws {
      let tree = try ContextTree(steps: "RUN echo built")
      let place = try TestDirectory()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let made = try RunningProgram(["/bin/tar", "-C", tree.path, "-cf", place("a.tar"), "."]).finish()
      #expect(made.exit == .code(0), "\(made.errors)")
      for command in ["build --detach - < '\(place("a.tar"))'", "build --detach - < <(cat '\(place("a.tar"))')"] {
        let started = try RunningProgram(
          ["/bin/bash", "-c", "\(Setting.control) \(command)"], environment: ["SWIFTDOCK_SOCKET": broker.socket]
        ).finish()
        #expect(started.exit == .code(0), "\(started.errors)")
        let id = String(started.output.prefix { $0 != "\n" })
        let build = try broker.call("build.wait", ["buildId": .string(id)])
        #expect(build["state"] == "succeeded", "\(build)")
      }
    }

    @Test func uploadGivesTheImageOfItsDirectory() throws {
      let tree = try ContextTree(steps: "RUN echo built")
      let place = try TestDirectory()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let path = try broker.build(tree)
      _ = try RunningProgram(["/bin/tar", "-C", tree.path, "-czf", place("a.tar.gz"), "."]).finish()
      let bytes = try HostFiles.bytes(of: place("a.tar.gz"))
      let session = try WireSession(broker.socket)
      let begun = try session.call(
        "context.upload.begin", ["format": "tar.gz", "sizeBytes": .integer(Int64(bytes.count))])
      let id = begun["uploadId"] ?? .null
      var offset = 0
      while offset < bytes.count {
        let piece = bytes[offset...].prefix(100_000)
        _ = try session.call(
          "context.upload.chunk",
          ["uploadId": id, "offset": .integer(Int64(offset)), "data": .string(Base64.encode(piece))])
        offset += piece.count
      }
      let ended = try session.call("context.upload.end", ["uploadId": id])
      #expect(ended["contextDigest"] == path.build["contextDigest"])
      let build = try session.call(
        "build", ["context": ["kind": "upload", "uploadId": id], "wait": true, "events": false])
      #expect(build.at("result", "imageId")?.stringValue == path.imageID)
    }

    /// Some megabytes that become more than the spool holds.
    @Test func aBombStopsAtTheSpoolsLimitAndDisturbsNobody() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN echo beside")
      let place = try TestDirectory()
      let bomb = try RunningProgram(
        [
          "/bin/bash", "-c",
          "cd '\(place.path)' && truncate -s 2200M zeros && tar -cf - zeros | zstd -1 | \(Setting.control) build --json -",
        ], environment: ["SWIFTDOCK_SOCKET": broker.socket])
      let beside = try broker.build(tree)
      #expect(beside.state == "succeeded", "\(beside.log)")
      let failed = try FinishedBuild(bomb)
      #expect(failed.errorCode == 1006, "\(failed.log)")
      try eventually("the spool is empty") {
        try broker.call("broker.status")["spoolBytes"]?.integerValue ?? 0 < 1 << 20
      }
    }
  }
}
