internal import BuildLog
internal import BuildScheduling
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// A reader of one build's log on one connection: a cursor, never a queue.
final class Subscription {
  let id: String
  let build: BuildRecord
  let stripsANSI: Bool
  /// nil: goes on until the build has ended. Else the last number it shows.
  let lastWanted: Int64?
  /// The number of the next event to send.
  var cursor: Int64
  /// nil where progress is not wanted.
  var progress: Progress?
  /// Whether the newest state of the build was not pushed yet.
  var owesState = false

  /// What was told of the transfers.
  struct Progress {
    /// Versions of the two boards, of the execution and of the build itself.
    var execution = 0
    var build = 0
    var last = ContinuousClock.now - .seconds(1)
    /// Whether a timer will look again.
    var isDue = false
    /// Whether it is for the pushes of a build that has ended.
    let waitsForPushes: Bool
  }

  init(
    id: String, build: BuildRecord, from cursor: Int64, stripsANSI: Bool, lastWanted: Int64?, wantsProgress: Bool
  ) {
    self.id = id
    self.build = build
    self.cursor = cursor
    self.stripsANSI = stripsANSI
    self.lastWanted = lastWanted
    progress = wantsProgress ? Progress(waitsForPushes: build.state.isFinal && lastWanted == nil) : nil
  }

  /// `logs.event` with a page of the log.
  func message(_ page: LogPage) -> [UInt8] {
    RPCEncoder.notification(LogsEvent.name) { writer in
      writer.object {
        $0.member("subscriptionId", .string(id))
        $0.member("buildId", .string(build.id.text))
        $0.name("events")
        page.write(to: &$0, stripsANSI: stripsANSI)
        $0.member("nextSeq", .integer(page.nextSeq))
      }
    }
  }
}

extension LogPage {
  /// The page as an array of events. Records are in their final form, save those whose escape sequences are not
  /// wanted.
  func write(to writer: inout JSONWriter, stripsANSI: Bool) {
    writer.array {
      if let gap { $0.write(LogEvent(gap).json) }
      for record in records { $0.raw(stripsANSI ? EventRecord.stripped(record) : record) }
    }
  }
}
