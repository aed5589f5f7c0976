/// One batch of BuildKit's progress: `moby.buildkit.v1.StatusResponse` (buildkit `api/services/control/control.proto`),
/// reduced to what is shown.
struct BuildTrace: Sendable, Equatable {
  /// A full snapshot of one node of the build graph; the last one of a digest holds.
  struct Vertex: Sendable, Equatable {
    var digest = ""
    var name = ""
    var isCached = false
    /// Of the last time that it ran.
    var started: Time?
    var completed: Time?
    /// Empty where there is none.
    var error = ""
    /// Vertexes of one group are shown as one, by the group's name.
    var group: Group?
  }

  struct Group: Sendable, Equatable {
    var id = ""
    var name = ""
  }

  /// `google.protobuf.Timestamp`, by the Engine's clock.
  struct Time: Sendable, Equatable {
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
  }

  /// Progress of something a vertex does. The last one of a vertex and an id holds.
  struct Status: Sendable, Equatable {
    /// Unique within the vertex, and the text that is shown where there is no name.
    var id = ""
    var vertex = ""
    var name = ""
    /// Bytes.
    var current: Int64 = 0
    /// 0 where not known.
    var total: Int64 = 0
    var isCompleted = false
  }

  /// A piece of output, not aligned to lines or characters.
  struct Log: Sendable, Equatable {
    var vertex = ""
    /// 1: standard output, 2: standard error.
    var stream: Int64 = 0
    var message: ArraySlice<UInt8> = []

    static func == (left: Log, right: Log) -> Bool {
      left.vertex == right.vertex && left.stream == right.stream && left.message.elementsEqual(right.message)
    }
  }

  struct Warning: Sendable, Equatable {
    var vertex = ""
    var short = ""
    var url = ""
    /// Lines of the Dockerfile, from 1, both ends included.
    var lines: ClosedRange<Int>?
  }

  var vertexes: [Vertex] = []
  var statuses: [Status] = []
  var logs: [Log] = []
  var warnings: [Warning] = []
}

extension BuildTrace.Time: Comparable {
  static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// Whole milliseconds from `start` to here; nil where that is before, or further away than a number can say.
  func milliseconds(since start: Self) -> Int64? {
    let (seconds, isTooFar) = self.seconds.subtractingReportingOverflow(start.seconds)
    let (nanoseconds, isOdd) = self.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, isTooMuch) = whole.addingReportingOverflow(nanoseconds / 1_000_000)
    guard !isTooFar, !isOdd, !isTooLong, !isTooMuch, sum >= 0 else { return nil }
    return sum
  }
}
