/// Sequence numbers of records that retention has removed.
package struct LogGap: Sendable, Equatable {
  package let fromSeq: Int64
  /// Inclusive.
  package let toSeq: Int64
  /// Of the removed records as they stood in the file.
  package let bytes: Int64

  package init(fromSeq: Int64, toSeq: Int64, bytes: Int64) {
    self.fromSeq = fromSeq
    self.toSeq = toSeq
    self.bytes = bytes
  }
}

/// What a reader gets at once: a gap where its cursor stood on removed records, then records without a hole.
package struct LogPage: Sendable, Equatable {
  package let gap: LogGap?
  /// Encoded events without their LF, in order; the last has number `nextSeq - 1`.
  package let records: [[UInt8]]
  /// Where to read on.
  package let nextSeq: Int64

  package init(gap: LogGap?, records: [[UInt8]], nextSeq: Int64) {
    self.gap = gap
    self.records = records
    self.nextSeq = nextSeq
  }
}
