internal import JSON
internal import JSONRPC
internal import OpenRPC
internal import SwiftDockProtocol

/// One request, and where its answer goes.
struct Call {
  let session: Session
  let id: RPCID
  /// Whether answers are collected, so that nothing can be sent before or after them.
  let isInBatch: Bool
  /// Those of its message, which other requests of a batch share.
  let descriptors: MessageDescriptors
}

/// What a method returns.
enum Answer<Result> {
  case now(Result)
  /// The method has made it pending, and answers later.
  case later
}

/// As above, whatever the method.
enum WrittenAnswer {
  /// Writes the result, one JSON value, into the answer.
  case now((inout JSONWriter) -> Void)
  case later
}

/// Every method, by name. A method is its types (`SwiftDockProtocol`), a row here and a file under `Methods`.
enum MethodTable {
  struct Entry {
    let name: String
    /// Whether it means something when sent without an id.
    let hasNotificationForm: Bool
    let handle: @Sendable (isolated Broker, Call, JSONObject) throws(RPCError) -> WrittenAnswer
  }

  static let entries: [Entry] = [
    row(Initialize.self) { broker, call, params throws(RPCError) in try broker.initialize(params, call) },
    row(Shutdown.self) { _, _, _ throws(RPCError) in .now(NullResult()) },
    // Text already, and too large to be parsed for each answer.
    Entry(name: RPCDiscover.name, hasNotificationForm: false) {
      (_, _, object) throws(RPCError) -> WrittenAnswer in
      _ = try RPCDiscover.params(object)
      return .now { $0.raw(OpenRPCDocument.compact()) }
    },
    row(BrokerPing.self) { broker, _, params throws(RPCError) in .now(broker.ping(params)) },
    row(BrokerStatus.self) { broker, _, _ throws(RPCError) in .now(broker.status()) },
    row(BrokerConfig.self) { broker, _, _ throws(RPCError) in .now(.init(settings: broker.settings.listed)) },
    row(BrokerShutdown.self) { broker, _, params throws(RPCError) in .now(broker.shutDown(params)) },
    row(BuildMethod.self) { broker, call, params throws(RPCError) in try broker.build(params, call) },
    row(BuildGet.self) { broker, call, params throws(RPCError) in
      .now(broker.describe(try broker.find(params.buildID, for: call.session)))
    },
    row(BuildList.self) { broker, call, params throws(RPCError) in
      .now(try broker.list(params, call.session))
    },
    row(BuildWait.self) { broker, call, params throws(RPCError) in try broker.wait(params, call) },
    row(BuildDetach.self) { broker, call, params throws(RPCError) in
      .now(try broker.detach(params, call.session))
    },
    row(BuildDiagnostics.self) { broker, call, params throws(RPCError) in
      .now(try broker.diagnostics(params, call))
    },
    row(BuildPush.self) { broker, call, params throws(RPCError) in try broker.push(params, call) },
    row(BuildExplain.self) { broker, call, params throws(RPCError) in try broker.explain(params, call) },
    row(ContextUploadBegin.self) { broker, call, params throws(RPCError) in
      .now(try broker.beginUpload(params, call))
    },
    row(ContextUploadChunk.self) { broker, call, params throws(RPCError) in try broker.continueUpload(params, call) },
    row(ContextUploadEnd.self) { broker, call, params throws(RPCError) in try broker.endUpload(params, call) },
    row(ContextUploadAbort.self) { broker, call, params throws(RPCError) in
      .now(try broker.abortUpload(params, call))
    },
    row(Cancel.self, notifies: true) { broker, call, params throws(RPCError) in
      .now(try broker.cancel(params, call.session))
    },
    row(ContextDigestMethod.self) { broker, call, params throws(RPCError) in try broker.digest(params, call) },
    row(ContextExplain.self) { broker, call, params throws(RPCError) in try broker.explain(params, call) },
    row(LogsSubscribe.self) { broker, call, params throws(RPCError) in
      .now(try broker.subscribe(params, call.session))
    },
    row(LogsUnsubscribe.self, notifies: true) { broker, call, params throws(RPCError) in
      try broker.unsubscribe(params, call)
    },
    row(LogsRead.self) { broker, call, params throws(RPCError) in try broker.readLog(params, call) },
    row(EventsSubscribe.self) { broker, call, params throws(RPCError) in
      .now(try broker.subscribe(params, call.session))
    },
    row(EventsUnsubscribe.self, notifies: true) { broker, call, params throws(RPCError) in
      try broker.unsubscribe(params, call)
    },
  ]

  /// By the bytes of their names, which tell nearly all of them apart.
  private static let byLength: [[Entry]] = {
    var byLength: [[Entry]] = []
    for entry in entries {
      let length = entry.name.utf8.count
      while byLength.count <= length { byLength.append([]) }
      byLength[length].append(entry)
    }
    return byLength
  }()

  static func entry(_ name: String) -> Entry? {
    let length = name.utf8.count
    return length < byLength.count ? byLength[length].first { $0.name == name } : nil
  }

  static func unknown(_ name: String) -> RPCError {
    let nearest = NearestName.of(name, among: entries.map(\.name))
    return RPCError(
      .methodNotFound, "There is no method \"\(name.clipped(to: 200))\".",
      hint: nearest.map { "Did you mean \($0)?" },
      detail: nearest.map { ["suggestion": .string($0)] })
  }

  private static func row<M: ProtocolMethod>(
    _: M.Type, notifies: Bool = false,
    _ body: @escaping @Sendable (isolated Broker, Call, M.Params) throws(RPCError) -> Answer<M.Result>
  ) -> Entry {
    Entry(name: M.name, hasNotificationForm: notifies) {
      (broker, call, object) throws(RPCError) -> WrittenAnswer in
      let params = try M.params(object)
      guard !call.isInBatch || !params.isLongRunning else {
        throw RPCError(
          .invalidParams, "\(M.name) takes its time, so it cannot be part of a batch.",
          hint: "Send it as a message of its own.", detail: ["path": "", "expected": "a message outside a batch"])
      }
      switch try body(broker, call, params) {
      case .now(let result): return .now { result.write(to: &$0) }
      case .later: return .later
      }
    }
  }
}
