import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// More log than is kept, beside readers of every kind. The Engine is scripted: BuildKit cuts a step's output off at
  /// 2 MiB.
  @Suite struct BackPressureTests {
    private static let lineBytes = 64 << 10
    private static let lines = 1_600

    /// Follows a build's log and holds every event to its number; says in the end what it had. Asleep, it takes nothing
    /// but the answer until its input ends.
    private static let reader = """
      import json, socket, sys
      connection = socket.socket(socket.AF_UNIX)
      connection.connect(sys.argv[1])
      stream = connection.makefile("rwb")
      request = {"jsonrpc": "2.0", "id": 1, "method": "logs.subscribe", "params": {"buildId": sys.argv[2]}}
      stream.write(json.dumps(request).encode() + b"\\n")
      stream.flush()
      due = json.loads(stream.readline())["result"]["nextSeq"]
      print("subscribed", flush=True)
      if sys.argv[3] == "asleep":
          sys.stdin.read()
      size = missing = 0
      for line in stream:
          message = json.loads(line)
          if message["method"] == "logs.end":
              assert message["params"]["nextSeq"] == due, (message, due)
              print(json.dumps({"size": size, "missing": missing, "nextSeq": due}))
              break
          for event in message["params"].get("events", []):
              if event["kind"] == "gap":
                  assert event["fromSeq"] == due, (event, due)
                  missing += event["bytes"]
                  due = event["toSeq"] + 1
              else:
                  assert event["seq"] == due, (event, due)
                  size += len(event.get("text", ""))
                  due += 1
      """

    /// Builds once `mayBegin` is open, in the classic builder's way.
    private func engine(_ mayBegin: FakeEngineGate) throws -> FakeEngine {
      let engine = try FakeEngine()
      engine.on("GET /events") { exchange in
        try exchange.beginChunked()
        try exchange.rest()
      }
      engine.on("GET /images/*/json") { exchange in
        try exchange.respond(json: ["Id": "sha256:ab", "Size": 1, "Os": "linux", "Architecture": "amd64"])
      }
      let text = String(repeating: "x", count: Self.lineBytes - 1) + "\n"
      let record = JSONWriter.bytes(of: ["stream": .string(text)]) + [0x0D, 0x0A]
      engine.on("POST /build") { exchange in
        try exchange.readBody()
        try exchange.beginChunked()
        for text in ["Step 1/1 : FROM scratch\n", " ---> Running in abababababab\n"] {
          try exchange.record(["stream": .string(text)])
        }
        try exchange.wait(for: mayBegin)
        for _ in 0..<Self.lines { try exchange.chunk(record) }
        try exchange.record(["stream": "Removing intermediate container abababababab\n"])
        try exchange.record(["aux": ["ID": .string("sha256:" + String(repeating: "ab", count: 32))]])
        try exchange.record(["stream": "Successfully built abababababab\n"])
        try exchange.endChunked()
      }
      return engine
    }

    /// KiB of the broker that are in memory.
    private func resident(_ broker: BrokerProcess) throws -> Int {
      let status = try HostFiles.text(of: "/proc/\(broker.program.pid)/status")
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      return try #require(
        line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? Int(line.filter(\.isNumber)))
    }

    private func follow(_ broker: BrokerProcess, _ build: String, _ how: String) throws -> RunningProgram {
      let program = try RunningProgram(
        ["python3", "-c", Self.reader, broker.socket, build, how], input: how == "asleep" ? .open : .none)
      try program.wait(for: "subscribed\n", in: .output)
      return program
    }

    private func result(of program: RunningProgram) throws -> JSONValue {
      let end = try program.finish()
      #expect(end.exit == .code(0), "\(end.errors)")
      return try JSONValue.parsing(end.output.split(separator: "\n").last ?? "")
    }

    @Test func aHundredMegabytesOfLogReachWhoReadsAndWaitForWhoSleeps() throws {
      let mayBegin = try FakeEngineGate()
      let engine = try engine(mayBegin)
      defer { engine.stop() }
      let broker = try BrokerProcess(engine: "unix://\(engine.socketPath)")
      defer { broker.stop() }
      let build =
        try broker.call(
          "build", ["context": ["kind": "inline"], "dockerfileText": "FROM scratch\n", "builder": "classic"]
        )["buildId"]?.stringValue ?? ""
      let sleeper = try follow(broker, build, "asleep")
      let reader = try follow(broker, build, "awake")
      let before = try resident(broker)
      mayBegin.open()
      let all = Int64(Self.lines * (Self.lineBytes - 1))
      let read = try result(of: reader)
      #expect(read["missing"] == 0)
      #expect(try #require(read["size"]?.integerValue) >= all)
      #expect(try broker.call("build.wait", ["buildId": .string(build)])["state"] == "succeeded")
      // The sleeper holds up neither the build nor the other reader, and nothing is held in memory for it.
      #expect(try resident(broker) - before < 32 << 10)
      sleeper.closeInput()
      let rest = try result(of: sleeper)
      #expect(rest["nextSeq"] == read["nextSeq"])
      let (size, missing) = (try #require(rest["size"]?.integerValue), try #require(rest["missing"]?.integerValue))
      #expect(missing > 0)
      #expect(size >= 56 << 20 && size + missing >= all)
    }
  }
}
