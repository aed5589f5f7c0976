import JSON
import JSONRPC
import OpenRPC
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Holds `Protocol/openrpc.json` to the Swift types and to what the broker knows. What brokers send is held to it by
/// `Tests/OpenRPC/check.py`.
struct OpenRPCAgreementTests {
  static let methods: [any ProtocolMethod.Type] = [
    Initialize.self, Shutdown.self, RPCDiscover.self, BrokerPing.self, BrokerStatus.self, BrokerConfig.self,
    BrokerShutdown.self, BuildMethod.self, BuildGet.self, BuildList.self, BuildWait.self, BuildDetach.self,
    BuildPush.self, BuildExplain.self, BuildDiagnostics.self, Cancel.self, ContextDigestMethod.self,
    ContextExplain.self,
    ContextUploadBegin.self,
    ContextUploadChunk.self,
    ContextUploadEnd.self, ContextUploadAbort.self, LogsSubscribe.self, LogsUnsubscribe.self, LogsRead.self,
    EventsSubscribe.self, EventsUnsubscribe.self,
  ]

  static let notifications: [any ProtocolNotification.Type] = [
    CancelRequest.self, BuildAccepted.self, BuildStateChanged.self, BuildProgress.self, LogsEvent.self, LogsEnd.self,
    EventsEvent.self,
  ]

  /// A method or a notification of the document.
  struct Documented: CustomTestStringConvertible {
    let json: JSONValue

    var name: String { json.text("name") }
    var testDescription: String { name }
    var params: Set<String> { Set((json["params"]?.arrayValue ?? []).map { $0.text("name") }) }
    var isCalled: Bool { json["result"] != nil }
    var examples: [(params: JSONObject, result: JSONValue?)] {
      (json["examples"]?.arrayValue ?? []).map { example in
        let params = (example["params"]?.arrayValue ?? []).map { param in
          JSONObject.Member(name: param.text("name"), value: param["value"] ?? .null)
        }
        return (JSONObject(params), example["result"]?["value"])
      }
    }
  }

  static let document: JSONValue = (try? JSONParser.parse(OpenRPCDocument.compact())) ?? .null
  static let all = (document["methods"]?.arrayValue ?? []).map(Documented.init)
  static let called = all.filter(\.isCalled)
  static let notified = all.filter { !$0.isCalled }

  @Test func documentHasTheMethodsOfTheBrokerAndNoOther() {
    let documented = Set(Self.called.map(\.name))
    #expect(!documented.isEmpty)
    #expect(documented.symmetricDifference(MethodTable.entries.map(\.name)).sorted() == [])
    #expect(documented.symmetricDifference(Self.methods.map { $0.name }).sorted() == [])
  }

  @Test func documentHasTheNotificationsAndNoOther() {
    let known = Self.notifications.map { $0.name } + [SessionNotification.initialized, SessionNotification.exit]
    #expect(Set(Self.notified.map(\.name)).symmetricDifference(known).sorted() == [])
  }

  /// So that none is left out above.
  @Test func everyNameOfTheSourcesIsCompared() throws {
    let project = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let sources = try RunningProgram.output(of: [
      "grep", "-rhE", "static let name = ", "/\(project)/Sources/SwiftDockProtocol",
    ])
    let names = sources.matches(of: /static let name = "([^"]+)"/).map { String($0.1) }
    let compared = Self.methods.map { $0.name } + Self.notifications.map { $0.name }
    #expect(Set(names).symmetricDifference(compared).sorted() == [])
  }

  @Test func documentSaysWhichMethodsMayBeNotifications() {
    let documented = Self.called.filter { $0.json["x-notification"] == true }.map(\.name)
    #expect(Set(documented) == Set(MethodTable.entries.filter(\.hasNotificationForm).map(\.name)))
  }

  @Test func documentHasTheCapabilitiesOfTheBroker() {
    let documented = Set((Self.document["x-capabilities"]?.objectValue ?? [:]).members.map(\.name))
    #expect(documented.symmetricDifference(Broker.capabilities).sorted() == [])
  }

  @Test func documentHasTheTableOfErrors() {
    let documented = (Self.document["components"]?["errors"]?.objectValue ?? [:]).members.map { member in
      let retryable = member.value["data"]?["retryable"]?.boolValue
      return "\(member.value.code ?? 0) \(member.name) \(retryable.map(String.init) ?? "")"
    }
    let known = ErrorKind.all.map { "\($0.code.rawValue) \($0.name) \($0.isRetryable)" }
    #expect(documented.sorted() == known.sorted())
  }

  /// The answer to a member that there is not names those that there are.
  @Test(arguments: called.filter { $0.json["x-unknown-params"] == nil })
  func paramsHaveTheDocumentedNames(method: Documented) throws {
    let type = try #require(Self.methods.first { $0.name == method.name }, "there is no type for it")
    for example in method.examples {
      var params = example.params
      params["noSuchMember"] = 1
      let error = try #require(throws: RPCError.self) { _ = try type.params(params) }
      #expect(error.detail?["unknown"] == ["noSuchMember"])
      #expect(Set((error.detail?["known"]?.arrayValue ?? []).compactMap(\.stringValue)) == method.params)
    }
  }

  @Test(arguments: called) func examplesAreWhatTheTypesReadAndWrite(method: Documented) throws {
    let type = try #require(Self.methods.first { $0.name == method.name }, "there is no type for it")
    for example in method.examples {
      let params = try type.params(example.params).members
      // Defaults may be written out.
      #expect(JSONValue.object(params).has(.object(example.params)), "\(params)")
      #expect(Set(params.members.map(\.name)).isSubset(of: method.params))
      let result = try #require(example.result)
      #expect(try type.result(result).json.equals(result))
    }
  }

  /// `x-long-running` is `always` or `with PARAM`.
  @Test(arguments: called) func documentSaysWhichCallsTakeTheirTime(method: Documented) throws {
    let type = try #require(Self.methods.first { $0.name == method.name }, "there is no type for it")
    let condition = method.json.text("x-long-running")
    for example in method.examples {
      let params = try type.params(example.params)
      switch condition {
      case "": #expect(!params.isLongRunning)
      case "always": #expect(params.isLongRunning)
      default:
        let value = params.members[String(condition.dropFirst("with ".count))]
        #expect(params.isLongRunning == (value != nil && value != false && value != 0))
      }
    }
  }

  @Test(arguments: notified) func exampleParamsAreWhatTheTypesReadAndWrite(notification: Documented) throws {
    let isEmpty = [SessionNotification.initialized, SessionNotification.exit].contains(notification.name)
    for example in notification.examples {
      if isEmpty {
        #expect(example.params == [:])
      } else {
        let type = try #require(Self.notifications.first { $0.name == notification.name }, "there is no type for it")
        #expect(JSONValue.object(try type.init(received: example.params).members).equals(.object(example.params)))
      }
    }
  }
}

extension JSONValue {
  /// Whether the other value is this one, but for the order of members.
  fileprivate func equals(_ other: JSONValue) -> Bool { has(other) && other.has(self) }

  /// Whether this has all that `part` has: objects may have more members.
  fileprivate func has(_ part: JSONValue) -> Bool {
    switch (self, part) {
    case (.object(let whole), .object(let part)):
      part.members.allSatisfy { member in whole[member.name].map { $0.has(member.value) } ?? false }
    case (.array(let whole), .array(let part)):
      whole.count == part.count && zip(whole, part).allSatisfy { $0.has($1) }
    case (let whole, let part): whole == part
    }
  }
}
