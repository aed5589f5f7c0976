/// How much of one log is kept on disk.
///
/// A log that outgrows `totalSegments` loses what lies between its first `headSegments` and its newest segments: the
/// beginning and the end are what people read.
package struct LogLimits: Sendable, Equatable {
  /// Bytes after which a segment file is left for the next one. A segment is larger by at most one record.
  package var segmentBytes: Int
  package var headSegments: Int
  /// More than `headSegments`.
  package var totalSegments: Int

  package init(segmentBytes: Int = 4 << 20, headSegments: Int = 8, totalSegments: Int = 16) {
    self.segmentBytes = max(1, segmentBytes)
    self.headSegments = max(0, headSegments)
    self.totalSegments = max(self.headSegments + 1, totalSegments)
  }
}
