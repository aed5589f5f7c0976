/// One batch of BuildKit's progress: `moby.buildkit.v1.StatusResponse` (buildkit `api/services/control/control.proto`),
/// reduced to what is shown.
struct BuildTrace: Sendable, Equatable {
  /// A full snapshot of one node of the build graph; the last one of a digest holds.
  struct Vertex: Sendable, Equatable {
    var digest = ""
    var name = ""
    var isCached = false
    var isStarted = false
    var isCompleted = false
    /// Empty where there is none.
    var error = ""
  }

  /// Progress of something a vertex does. The last one of a vertex and an id holds.
  struct Status: Sendable, Equatable {
    /// Unique within the vertex, and the text that is shown.
    var id = ""
    var vertex = ""
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
