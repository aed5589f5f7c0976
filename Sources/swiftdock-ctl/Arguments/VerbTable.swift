internal import SwiftDockProtocol

/// The verbs by name, and the text that lists them.
enum VerbTable {
  static let all: [any Verb.Type] = [
    BuildVerb.self, LogsVerb.self, ListVerb.self, InspectVerb.self, WaitVerb.self, CancelVerb.self, PushVerb.self,
    ExplainVerb.self, ContextVerb.self, StatusVerb.self, VersionVerb.self, RPCVerb.self, SocketVerb.self,
    ShutdownVerb.self,
    HelpVerb.self,
  ]

  static func verb(_ name: String) throws(ProgramError) -> any Verb.Type {
    if let verb = all.first(where: { $0.name == name }) { return verb }
    let nearest = NearestName.of(name, among: all.map { $0.name })
    throw .usage("There is no verb \"\(name)\"" + (nearest.map { "; did you mean \($0)?" } ?? ""))
  }

  static var helpText: String {
    let usages = all.map { ($0.name + " " + $0.operands, $0.summary) }
    let width = (usages.map(\.0.count).max() ?? 0) + 2
    let rows = usages.map { "  " + $0 + String(repeating: " ", count: width - $0.count) + $1 }
    return (["Usage: swiftdock-ctl VERB [OPTIONS] …", ""] + rows + ["", "Options of a verb: swiftdock-ctl help VERB"])
      .joined(separator: "\n")
  }
}
