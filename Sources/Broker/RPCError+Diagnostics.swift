internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension RPCError {
  /// Those of its detail. The broker's own: one that cannot be read is none.
  var diagnostics: [Diagnostic] {
    (detail?["diagnostics"]?.arrayValue ?? []).compactMap { json in
      do throws(ShapeError) { return try Diagnostic(json, at: "", as: .answer) } catch { return nil }
    }
  }

  /// Points at places in the files of the context.
  mutating func point(at diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    var members = detail ?? JSONObject()
    members.put("diagnostics", diagnostics)
    detail = members
  }

  /// Adds what is known of a failed step beyond the Engine's words.
  mutating func tell(_ diagnosis: FailureDiagnosis) {
    var members = detail ?? JSONObject()
    members.put("command", diagnosis.command?.clipped(to: 4096))
    if let line = diagnosis.removedBy {
      var removal = JSONObject()
      removal.put("path", line.file)
      removal.put("line", line.number)
      removal.put("pattern", line.pattern)
      members["removedBy"] = .object(removal)
    }
    detail = members
    hint = hint ?? diagnosis.hint
  }
}
