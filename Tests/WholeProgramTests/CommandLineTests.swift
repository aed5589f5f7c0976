import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// What each verb prints, and how it exits.
  @Suite struct CommandLineTests {
    @Test func everyVerbPrintsNothingButJSONWhereThatIsAsked() throws {
      let tree = try ContextTree(steps: "RUN echo li''ne")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let build = try broker.build(tree)
      #expect(build.state == "succeeded")
      func only(_ arguments: String...) throws -> JSONValue {
        let end = try broker.start(arguments).finish()
        #expect(end.exit == .code(0), "\(arguments): \(end.errors)")
        #expect(end.errors == "")
        let values = try JSONValue.lines(end.output)
        #expect(values.count == 1)
        return values.first ?? .null
      }
      #expect(try only("inspect", "--json", build.id) == build.build)
      #expect(try only("inspect", "--json", "latest") == build.build)
      #expect(try only("wait", "--json", String(build.id.prefix(6))) == build.build)
      #expect(try only("ls", "--json") == ["builds": []])
      #expect(try only("--json", "ls", "--all") == ["builds": [build.build]])
      #expect(try only("status", "--json").at("engine", "state") == "up")
      #expect(try only("status", "--json")["pid"] == .integer(Int64(broker.program.pid)))
      #expect(try only("version", "--json")["protocolVersions"] == [1])
      #expect(try only("rpc", "broker.ping", #"{"echo":"é"}"#)["echo"] == "é")
      #expect(try only("rpc", "build.get", #"{"buildId":"\#(build.id)"}"#) == build.build)
      #expect(try only("context", "digest", "--json", tree.path)["contextDigest"] == build.build["contextDigest"])

      let log = try broker.control("logs", "--json", build.id)
      let events = try JSONValue.lines(log.output)
      #expect(events.compactMap { $0["seq"]?.integerValue } == Array(1...Int64(events.count)))
      #expect(events.last?["kind"] == "result")
      #expect(events.contains { $0["kind"] == "log" && $0["text"] == "line" })
      let tail = try broker.control("logs", "--json", "--from", "\(events.count)", build.id)
      #expect(try JSONValue.lines(tail.output) == [events.last])

      let progress = try broker.start(["build", "--progress", "json", tree.path]).finish()
      #expect(progress.output == (build.imageID ?? "") + "\n")
      #expect(try JSONValue.lines(progress.errors).contains { $0["method"] == "logs.event" })
    }

    @Test(arguments: ["--create", "--gzip", "--zstd"]) func aContextMayBeAnArchive(form: String) throws {
      let tree = try ContextTree(steps: "COPY . /")
      let place = try TestDirectory()
      _ = try RunningProgram.output(of: ["tar", "-C", tree.path, form, "-cf", place("archive"), "."])
      let program = Setting.control
      for what in ["digest", "manifest", "tar"] {
        let expected = try RunningProgram.output(of: [program, "context", what, tree.path])
        #expect(try RunningProgram.output(of: [program, "context", what, place("archive")]) == expected)
        let piped = ["sh", "-c", "\(program) context \(what) - <\(place("archive"))"]
        #expect(try RunningProgram.output(of: piped) == expected)
      }
    }

    @Test func aContextIsExplainedWithoutABrokerAsByOne() throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nARG WHAT=a\nCOPY $WHAT /\n")
      try tree.directory.write(".dockerignore", "*.log\ntypo\n")
      for name in ["a", "b", "c.log"] { try tree.directory.write(name, String(repeating: name, count: 100)) }
      let broker = try BrokerProcess()
      defer { broker.stop() }
      for params in [[], ["--build-arg", "WHAT=b"], ["--builder", "classic"]] {
        let end = try broker.start(["context", "explain", "--json"] + params + [tree.path]).finish()
        #expect(end.exit == .code(0) && end.errors == "")
        let request: JSONValue = [
          "context": .string(tree.path), "builder": params.last == "classic" ? "classic" : "buildkit",
          "buildArgs": params.last == "WHAT=b" ? ["WHAT": "b"] : [:],
        ]
        let text = String(decoding: JSONWriter.bytes(of: request), as: UTF8.self)
        let answer = try broker.start(["rpc", "context.explain", text]).finish()
        #expect(try JSONValue.lines(end.output) == JSONValue.lines(answer.output))
      }
      let lines = try broker.control("context", "explain", tree.path).output.split(separator: "\n").map(String.init)
      #expect(lines.contains("  500B  1 file   1:  *.log  removed"))
      #expect(lines.contains { $0.hasSuffix("2:  typo   removes nothing") })
      #expect(lines.contains("  100B  1 file  3:  COPY $WHAT /"))
      #expect(try broker.control("context", "digest", "--target", "a", tree.path).exit == .code(2))
      #expect(try broker.control("context", "explain", tree.path + "/none").exit == .code(1))
    }

    @Test func withoutJSONTheResultIsTheImageAndTheRestIsForPeople() throws {
      let tree = try ContextTree(steps: "RUN echo li''ne")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try broker.control("build", "--no-cache", tree.path)
      #expect(end.exit == .code(0))
      #expect(end.output.wholeMatch(of: /sha256:[0-9a-f]{64}\n/) != nil)
      #expect(end.errors.contains(/#\d+ \d+\.\d+ line\n/))
      #expect(try broker.control("wait", "latest").output == end.output)
      #expect(try broker.control("logs", "latest").output.contains(/#\d+ \d+\.\d+ line\n/))
      #expect(try broker.control("ls", "--all").output.contains("succeeded"))
      #expect(try broker.control("inspect", "latest").output.contains("succeeded"))
      #expect(try broker.control("status").output.contains("pid \(broker.program.pid)"))
      let quiet = try broker.control("build", "--progress", "none", tree.path)
      #expect(quiet.errors == "")
    }

    @Test func aLogThatIsFollowedEndsWithItsBuild() throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN echo be''gun; \(gate.command); echo en''ded")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let client = try broker.startBuild(tree)
      let visit = try gate.visit()
      let running = try broker.control("ls")
      #expect(running.output.contains("running"))
      let follower = try broker.start(["logs", "-f", "latest"])
      try follower.wait(for: "begun", in: .output)
      let soFar = try broker.control("logs", "latest")
      #expect(soFar.output.contains("begun") && !soFar.output.contains(" ended"))
      let waiter = try broker.start(["wait", "latest"])
      visit.release()
      let end = try FinishedBuild(client)
      let followed = try follower.finish()
      #expect(followed.exit == .code(0))
      #expect(followed.output.contains(" ended\n"))
      #expect(try waiter.finish().output == (end.imageID ?? "") + "\n")
    }

    @Test(
      arguments: [
        [], ["biuld"], ["build"], ["build", "a", "b"], ["build", "--no-such-option", "."],
        ["build", "--network", "x", "."],
        ["build", "-t"], ["logs"], ["cancel"], ["context", "tarr"], ["rpc"], ["rpc", "broker.ping", "{"],
        ["ls", "operand"], ["build", "--no-cache=perhaps", "."],
      ])
    func aWrongCommandLineIsSaidToBeOne(arguments: [String]) throws {
      let end = try RunningProgram.run([Setting.control] + arguments)
      #expect(end.exit == .code(2))
      #expect(end.output == "")
      #expect(end.errors.hasSuffix("See: swiftdock-ctl help\n"))
    }

    @Test func aBuildThatIsNotThereIsSaidToBeMissing() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      for verb in ["logs", "inspect", "wait", "cancel"] {
        for name in ["abc", String(repeating: "a", count: 32), "latest"] {
          let end = try broker.control(verb, name)
          #expect(end.exit == .code(1), "\(verb) \(name)")
          #expect(end.output == "")
          #expect(end.errors != "")
        }
      }
      let refused = try broker.control("rpc", "--json", "build.get", #"{"buildId":"x"}"#)
      #expect(refused.exit == .code(1))
      #expect(try JSONValue.parsing(refused.output).at("data", "name") == "BuildNotFound")
    }

    /// Without a broker, and with other readers: the system's tar and sha256sum.
    @Test(arguments: BuilderName.allCases)
    func theContextCanBeReadByOtherPrograms(builder: BuilderName) throws {
      let tree = try ContextTree(steps: "COPY . /")
      let place = tree.directory
      try place.makeDirectory("sub")
      try place.write("sub/ü", "content", mode: 0o640)
      try place.write("sub/left-out", "")
      try place.write("nobody's", "x")
      try place.write(".dockerignore", "**/left-out\n")
      let script = #"""
        "$CTL" context manifest --builder "$BUILDER" "$TREE" | sha256sum | cut -d ' ' -f 1
        "$CTL" context digest --builder "$BUILDER" "$TREE" | sed s/^sha256://
        "$CTL" context tar --builder "$BUILDER" "$TREE" >"$TREE.tar"
        tar --list --verbose --numeric-owner --quoting-style=literal --file "$TREE.tar" | tr -s ' ' | cut -d ' ' -f 1-3,6-
        tar --extract --to-stdout --file "$TREE.tar" sub/ü
        rm "$TREE.tar"
        """#
      let lines = try RunningProgram.output(
        of: ["sh", "-ec", script],
        environment: [
          "CTL": Setting.control, "TREE": tree.path, "BUILDER": builder.rawValue, "LC_ALL": "C.UTF-8",
        ]
      ).split(separator: "\n")
      #expect(lines[0].count == 64)
      #expect(lines[0] == lines[1])
      #expect(lines.contains("-rw-r----- 0/0 7 sub/ü"))
      #expect(lines.contains("drwxr-xr-x 0/0 0 sub/"))
      #expect(lines.contains("-rw-r--r-- 0/0 1 nobody's"))
      #expect(!lines.contains { $0.contains("left-out") })
      #expect(lines.last == "content")
    }
  }
}
