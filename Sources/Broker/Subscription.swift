internal import BuildScheduling
internal import SwiftDockProtocol

/// A reader of one build's log on one connection: a cursor, never a queue.
final class Subscription {
  let id: String
  let build: BuildRecord
  let form: LogForm
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
    id: String, build: BuildRecord, from cursor: Int64, form: LogForm, lastWanted: Int64?, wantsProgress: Bool
  ) {
    self.id = id
    self.build = build
    self.cursor = cursor
    self.form = form
    self.lastWanted = lastWanted
    progress = wantsProgress ? Progress(waitsForPushes: build.state.isFinal && lastWanted == nil) : nil
  }

  /// `logs.event` with a page of the log, whose bytes stay shared.
  func message(_ page: EncodedPage) -> OutputFrame {
    OutputFrame(head: head, shared: page.events, tail: Array(#"],"nextSeq":\#(page.nextSeq)}}"#.utf8))
  }

  /// `logs.event` up to its events. Identifiers are made of digits and letters.
  private lazy var head = Array(
    (#"{"jsonrpc":"2.0","method":"\#(LogsEvent.name)","params":{"subscriptionId":"\#(id)","#
      + #""buildId":"\#(build.id.text)","events":["#).utf8)
}
