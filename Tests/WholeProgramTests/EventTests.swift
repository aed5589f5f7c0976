import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// What both builders of a real Engine are brought to: one shape of events.
  struct EventTests {
    private struct Build {
      let events: [JSONValue]
      let items: [JSONValue]

      var steps: [JSONValue] { events.filter { $0["kind"] == "step" } }

      init(_ tree: ContextTree, _ builder: BuilderName, _ broker: BrokerProcess, _ more: JSONObject = [:]) throws {
        var params: JSONObject = [
          "context": .string(tree.path), "builder": .string(builder.rawValue), "wait": true, "events": true,
          "progress": true,
        ]
        for member in more.members { params[member.name] = member.value }
        let session = try WireSession(broker.socket)
        let build = try session.call("build", params)
        guard build["state"] == "succeeded" else { throw ProgramFailure("\(build) \(session.passed)") }
        func all(_ method: String, _ list: String) -> [JSONValue] {
          session.passed.filter { $0["method"] == .string(method) }.flatMap { $0.at("params", list)?.arrayValue ?? [] }
        }
        events = all("logs.event", "events")
        items = all("build.progress", "items")
      }

      /// The last event of a step.
      func end(_ name: String) -> JSONValue? { steps.last { $0["name"]?.stringValue?.hasSuffix(name) == true } }
    }

    @Test(arguments: BuilderName.allCases)
    func stepsHaveTheirStagesTimesAndStates(builder: BuilderName) throws {
      let number = UInt64.random(in: 0 ... .max)
      let tree = try ContextTree(
        dockerfile: """
          FROM scratch AS Tools
          COPY busybox /bin/sh
          RUN sleep 0.3; echo \(number) >/made
          FROM tools
          COPY --from=tools /made /of-tools
          RUN sleep 0.2; cat /of-tools
          """)
      try tree.directory.write("busybox", HostFiles.bytes(of: "/bin/busybox"), mode: 0o755)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let first = try Build(tree, builder, broker)
      let made = try #require(first.end("RUN sleep 0.3; echo \(number) >/made"))
      #expect(made["stage"] == "tools")
      #expect(made["state"] == "done")
      #expect(300...20_000 ~= made["durationMs"]?.integerValue ?? 0, "\(made)")
      let shown = try #require(first.end("RUN sleep 0.2; cat /of-tools"))
      #expect(shown["stage"] == "stage-1")
      #expect(200...20_000 ~= shown["durationMs"]?.integerValue ?? 0, "\(shown)")
      #expect(first.steps.allSatisfy { $0["state"] != "started" || $0["durationMs"] == nil })
      let ids = first.steps.filter { $0["state"] == "started" || $0["state"] == "cached" }.compactMap {
        $0["stepId"]?.stringValue.flatMap { Int($0) }
      }
      #expect(ids.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } } == Array(1...(ids.max() ?? 0)))

      let second = try Build(tree, builder, broker)
      let cached = try #require(second.end("RUN sleep 0.3; echo \(number) >/made"))
      #expect(cached["state"] == "cached")
      #expect(cached["stage"] == "tools")
      #expect(cached["durationMs"] == nil)
    }

    @Test(arguments: BuilderName.allCases)
    func bytesOfTheOutputArriveAsTheyAre(builder: BuilderName) throws {
      let tree = try ContextTree(steps: #"RUN printf '10%%\r100%%\n\377\n'"#)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let lines = try Build(tree, builder, broker).events.filter { $0["stream"] == "stdout" }
      #expect(lines.first?["text"] == "10%\r100%")
      switch builder {
      case .buildkit: #expect(lines.last?["base64"] == "/w==")
      // It is the Engine that puts a replacement character there.
      case .classic: #expect(lines.last?["text"] == "\u{FFFD}")
      }
    }

    @Test(arguments: BuilderName.allCases)
    func contextOnItsWayIsToldInBytes(builder: BuilderName) throws {
      let tree = try ContextTree(steps: "COPY big /\nRUN sleep 0.5")
      var generator = SystemRandomNumberGenerator()
      let piece = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
      try tree.directory.write("big", (0..<2048).flatMap { _ in piece })
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let items = try Build(tree, builder, broker).items.filter { $0["itemId"] == "context" }
      let last = try #require(items.last)
      #expect(last["unit"] == "bytes")
      #expect(last["total"]?.integerValue ?? 0 > 8 << 20)
      #expect(last["current"] == last["total"])
    }

    @Test func outputThatTheEngineLeavesOutIsAWarning() throws {
      // Above 200 KiB in the first second, and above 2 MiB in all.
      let tree = try ContextTree(steps: "RUN yes $(printf %01000d 0) | head -n 3000")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let clipped = try Build(tree, .buildkit, broker)
      let warnings = clipped.events.filter { $0["kind"] == "warning" }
      #expect(warnings.map { $0["code"] } == ["outputClipped"])
      #expect(warnings.first?["message"]?.stringValue?.contains("RUN yes") == true, "\(warnings)")
    }
  }
}
