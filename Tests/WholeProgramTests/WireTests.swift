import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// The broker as tools meet it that know nothing of this project, and as broken ones do.
  @Suite struct WireTests {
    @Test func netcatShowsTheBuildAndTheResult() throws {
      let tree = try ContextTree(steps: "RUN echo he''llo")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      // As the README has it.
      let script = #"""
        cd "$TREE" || exit
        printf '{"jsonrpc":"2.0","id":1,"method":"build","params":{"context":"%s","wait":true,"events":true}}\n' "$PWD" |
          nc -N -U "$SOCKET"
        """#
      let lines = try JSONValue.lines(
        RunningProgram.output(of: ["sh", "-c", script], environment: ["TREE": tree.path, "SOCKET": broker.socket]))
      #expect(lines.first?["method"] == "build.accepted")
      #expect(lines.first?.at("params", "requestId") == 1)
      let events = lines.filter { $0["method"] == "logs.event" }.flatMap { $0.at("params", "events")?.arrayValue ?? [] }
      #expect(events.compactMap { $0["seq"]?.integerValue } == Array(1...Int64(events.count)))
      #expect(events.contains { $0["kind"] == "log" && $0["text"] == "hello" })
      #expect(lines.filter { $0["method"] == "logs.end" }.count == 1)
      #expect(lines.last?["id"] == 1)
      #expect(lines.last?.at("result", "state") == "succeeded")
      #expect(lines.last?.at("result", "result", "imageId")?.stringValue?.hasPrefix("sha256:") == true)
    }

    @Test func aHandMadeHeaderIsAnsweredInKind() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let script = #"""
        message='{"jsonrpc":"2.0","id":"é","method":"broker.ping","params":{"echo":[1]}}'
        printf 'Content-Length: %d\r\n\r\n%s' "$(printf %s "$message" | wc -c)" "$message" |
          socat -t 30 - "UNIX-CONNECT:$SOCKET"
        """#
      let answer = try RunningProgram.output(of: ["sh", "-c", script], environment: ["SOCKET": broker.socket])
      let end = try #require(answer.utf8.firstRange(of: "\r\n\r\n".utf8))
      let body = answer.utf8[end.upperBound...]
      #expect(String(answer.utf8[..<end.lowerBound]) == "Content-Length: \(body.count)")
      let message = try JSONParser.parse(Array(body))
      #expect(message["id"] == "é")
      #expect(message.at("result", "echo") == [1])
    }

    @Test func aWebClientIsToldWhatThisIs() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let session = try WireSession(broker.socket)
      try session.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let answer = try session.rest()
      #expect(answer.hasPrefix("HTTP/1.1 400"))
      #expect(answer.contains("swiftdock-ctl"))
    }

    struct Bad: CustomTestStringConvertible {
      let testDescription: String
      let text: String
      let code: Int64
      let name: String
      /// Whether the connection goes on.
      var goesOn = true
      /// Of the answer; null where the request's cannot be known.
      var id: JSONValue = 7
      var detail: JSONValue?
    }

    static let bad = [
      Bad(testDescription: "no JSON", text: "{\"jsonrpc\":\n", code: -32700, name: "ParseError", id: .null),
      Bad(
        testDescription: "100,000 brackets",
        text: #"{"jsonrpc":"2.0","id":7,"method":"broker.ping","params":{"echo":"#
          + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}}\n",
        code: -32700, name: "ParseError", id: .null),
      Bad(
        testDescription: "not UTF-8 in an escape", text: #"{"jsonrpc":"2.0","id":7,"method":"\ud800"}"# + "\n",
        code: -32700, name: "ParseError", id: .null),
      Bad(
        testDescription: "no version", text: #"{"id":7,"method":"broker.ping"}"# + "\n", code: -32600,
        name: "InvalidRequest"),
      Bad(
        testDescription: "unknown method", text: #"{"jsonrpc":"2.0","id":7,"method":"biuld","params":{}}"# + "\n",
        code: -32601, name: "MethodNotFound", detail: ["suggestion": "build"]),
      Bad(
        testDescription: "unknown parameter",
        text: #"{"jsonrpc":"2.0","id":7,"method":"build","params":{"context":"/","buildArg":{}}}"# + "\n",
        code: -32602, name: "InvalidParams", detail: ["unknown": ["buildArg"]]),
      Bad(
        testDescription: "wrong type",
        text: #"{"jsonrpc":"2.0","id":7,"method":"build","params":{"context":7}}"# + "\n",
        code: -32602, name: "InvalidParams"),
      Bad(
        testDescription: "relative path",
        text: #"{"jsonrpc":"2.0","id":7,"method":"build","params":{"context":"tree"}}"# + "\n", code: -32602,
        name: "InvalidParams"),
      Bad(
        testDescription: "unknown build",
        text: #"{"jsonrpc":"2.0","id":7,"method":"build.get","params":{"buildId":"none"}}"# + "\n", code: 1201,
        name: "BuildNotFound"),
      Bad(
        testDescription: "5 MiB",
        text: #"{"jsonrpc":"2.0","id":7,"method":"broker.ping","params":{"echo":""#
          + String(repeating: "x", count: 5 << 20), code: 1003, name: "MessageTooLarge", goesOn: false, id: .null),
    ]

    @Test(arguments: bad)
    func aBadMessageGetsATypedErrorAndHurtsNobodyElse(bad: Bad) throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let other = try WireSession(broker.socket)
      let session = try WireSession(broker.socket)
      try session.send(bad.text)
      let answer = try #require(try session.next())
      #expect(answer["id"] == bad.id)
      #expect(answer.at("error", "code") == .integer(bad.code))
      #expect(answer.at("error", "data", "name") == .string(bad.name))
      #expect(answer.at("error", "message")?.stringValue?.isEmpty == false)
      for member in bad.detail?.objectValue?.members ?? [] {
        #expect(answer.at("error", "data", "detail", member.name) == member.value)
      }
      if bad.goesOn {
        #expect(try session.call("broker.ping")["timeMs"] != nil)
      } else {
        #expect(try session.next() == nil)
      }
      #expect(try other.call("broker.ping")["timeMs"] != nil)
    }

    @Test func aClientThatEndsItsInputStillGetsItsBuild() throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command)")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let request = try tree.directory.write(
        "request",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"build\",\"params\":{\"context\":\"\(tree.path)\",\"wait\":true,\"events\":false}}\n"
      )
      // -N: netcat ends its output where its input ends.
      let netcat = try RunningProgram(["nc", "-N", "-U", broker.socket], input: .file(request))
      let visit = try gate.visit()
      // The broker has read the end of that connection, since it has handled what came later.
      #expect(try broker.call("broker.ping")["timeMs"] != nil)
      visit.release()
      let answer = try JSONValue.parsing(netcat.finish().output)
      #expect(answer.at("result", "state") == "succeeded")
    }
  }
}
