internal import BuildLog
internal import JSON
internal import SwiftDockProtocol

/// Some events of a log in one form, ready to be sent to any number of readers.
struct EncodedPage {
  /// The elements of a JSON array, with the commas between them. Empty where the form wants none of the events.
  let events: [UInt8]
  /// Where to read on. The page holds all that is wanted before it.
  let nextSeq: Int64

  init(_ page: LogPage, in form: LogForm) {
    var events: [UInt8] = []
    events.reserveCapacity(page.records.reduce(0) { $0 + $1.count + 1 })
    func add(_ event: [UInt8]) {
      if !events.isEmpty { events.append(UInt8(ascii: ",")) }
      events += event
    }
    if let gap = page.gap { add(JSONWriter.bytes(of: LogEvent(gap).json)) }
    for record in page.records { if let event = form.apply(to: record) { add(event) } }
    self.events = events
    nextSeq = page.nextSeq
  }
}
