internal import BuildLog
internal import SwiftDockProtocol

/// How a reader wants a log to look. Readers that want the same share the encoded bytes.
struct LogForm: Hashable {
  /// Whether terminal escape sequences are left out of `log` events.
  var stripsANSI = true
  /// nil: all kinds. Gaps are told in any case.
  var kinds: Set<LogEvent.Kind>?

  init(ansi: ANSIMode = .strip, kinds: [LogEvent.Kind]? = nil) {
    stripsANSI = ansi == .strip
    self.kinds = kinds.map(Set.init)
  }

  /// The record as it is sent; nil where it is not wanted.
  func apply(to record: [UInt8]) -> [UInt8]? {
    if let kinds {
      guard let kind = EventRecord.kind(of: record), kinds.contains(kind) else { return nil }
    }
    return stripsANSI ? EventRecord.stripped(record) : record
  }
}
