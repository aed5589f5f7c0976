/// Where a broker keeps its state when nobody says otherwise.
package enum StateLocation {
  /// `$XDG_STATE_HOME/swiftdock`, else the same below `HOME`; nil where neither is set.
  package static func standard(_ environment: (String) -> String?) -> String? {
    func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    return (set("XDG_STATE_HOME") ?? set("HOME").map { $0 + "/.local/state" }).map { $0 + "/swiftdock" }
  }
}
