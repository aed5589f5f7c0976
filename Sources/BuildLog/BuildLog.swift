internal import Glibc
internal import Synchronization

/// The numbered events of one execution, in files: `PREFIX.0`, `PREFIX.1`, …, each a sequence of encoded events (JSON
/// without raw LF) ended by LF.
///
/// Numbers start at 1 and have no holes. A record is in the page cache when `append` returns, so it survives the
/// process though not the machine. Readers hold a number, never a place in the files, so nothing that a reader does or
/// leaves undone keeps anything alive.
///
/// Every method may be called from any thread. Reading and writing touch only the page cache as a rule, and block no
/// longer than the disk does otherwise.
package final class BuildLog: Sendable {
  private struct State: ~Copyable {
    /// Complete; the last one is being written. Neighbours are contiguous but for the place where `removed` lies.
    var segments: [LogSegment] = []
    var nextSeq: Int64 = 1
    var nextMark: Int64 = 0
    var appendedBytes: Int64 = 0
    /// What retention took out, if anything: always behind the head segments.
    var removed: LogGap?
    /// The newest segment's file; -1 once closed.
    var file: Int32 = -1
    var isClosed = false
  }

  package let prefix: String
  private let limits: LogLimits
  private let state: Mutex<State>

  /// Creates an empty log; its first file is made by the first `append`.
  ///
  /// - Parameter prefix: path of the files without their `.N`; the directory exists.
  package init(prefix: String, limits: LogLimits = LogLimits()) {
    self.prefix = prefix
    self.limits = limits
    state = Mutex(State())
  }

  deinit {
    state.withLock { state in
      if state.file >= 0 { _ = Glibc.close(state.file) }
    }
  }

  /// The number of the newest record; 0 for an empty log.
  package var lastSeq: Int64 { state.withLock { $0.nextSeq - 1 } }

  /// The number of the oldest record: 1 as long as there is a head.
  package var earliestSeq: Int64 { state.withLock { $0.segments.first?.firstSeq ?? 1 } }

  /// Bytes of all files.
  package var bytes: Int { state.withLock { $0.segments.reduce(0) { $0 + $1.bytes } } }

  /// The number of the newest record, and the bytes of all that were ever written.
  package var extent: (lastSeq: Int64, bytes: Int64) { state.withLock { ($0.nextSeq - 1, $0.appendedBytes) } }

  /// Writes the record that `encode` makes for its number, and returns the number.
  ///
  /// - Parameters:
  ///   - isMarked: whether it is one of those that `start(ofLastMarked:)` counts.
  ///   - encode: called once, with the log locked; must not contain LF.
  /// - Throws: `.system`, after which the log is as before; `.closed`.
  @discardableResult
  package func append(
    isMarked: Bool = false, _ encode: (Int64) -> [UInt8]
  ) throws(BuildLogError) -> Int64 {
    try state.withLock { (state) throws(BuildLogError) in
      guard !state.isClosed else { throw .closed }
      if state.file < 0 || (state.segments.last?.bytes ?? 0) >= limits.segmentBytes {
        try startSegment(&state)
      }
      let seq = state.nextSeq
      var record = encode(seq)
      record.append(UInt8(ascii: "\n"))
      let index = state.segments.count - 1
      try write(record, to: state.file, keeping: state.segments[index].bytes, path: state.segments[index].path)
      state.segments[index].appended(size: record.count, isMarked: isMarked)
      state.nextSeq += 1
      if isMarked { state.nextMark += 1 }
      state.appendedBytes += Int64(record.count)
      return seq
    }
  }

  /// Appends all records of another log to an empty one, so that they have the same numbers.
  ///
  /// - Parameter isMarked: tells the marked records by their bytes.
  /// - Throws: also where retention took something out of the other log, whose numbers could not be kept.
  package func copy(_ other: BuildLog, where isMarked: ([UInt8]) -> Bool) throws(BuildLogError) {
    var cursor: Int64 = 1
    while cursor <= other.lastSeq {
      let page = try other.read(from: cursor, maxBytes: Self.copiedBytes, maxRecords: .max)
      guard page.gap == nil, page.nextSeq > cursor else {
        throw .system(call: "read", path: other.prefix, errno: ENODATA)
      }
      for record in page.records { try append(isMarked: isMarked(record)) { _ in record } }
      cursor = page.nextSeq
    }
  }

  /// Bytes that are copied at once.
  private static let copiedBytes = 256 << 10

  /// Appends nothing any more; what is there stays readable.
  package func close() {
    state.withLock { state in
      if state.file >= 0 { _ = Glibc.close(state.file) }
      state.file = -1
      state.isClosed = true
    }
  }

  /// Closes the log and deletes its files. Readers that come later find an empty log.
  package func remove() {
    close()
    state.withLock { state in
      for segment in state.segments { unlink(segment.path) }
      state.segments = []
    }
  }

  /// The records from `seq` on, as many as fit.
  ///
  /// - Parameters:
  ///   - seq: at least 1; beyond the end the page is empty.
  ///   - maxBytes: of the records; exceeded only by a single first record.
  package func read(from seq: Int64, maxBytes: Int, maxRecords: Int = 500) throws(BuildLogError) -> LogPage {
    try state.withLock { (state) throws(BuildLogError) in
      try read(state, from: seq, maxBytes: maxBytes, maxRecords: maxRecords)
    }
  }

  /// The number of the `count`-th last marked record, or of the first record where there are fewer. Where that record
  /// was removed: the first number that was, so that whoever reads from there gets the gap.
  ///
  /// - Parameters:
  ///   - count: 0 gives the number of the next record.
  ///   - isMarked: tells the marked records by their bytes, as they were appended.
  package func start(
    ofLastMarked count: Int64, where isMarked: ([UInt8]) -> Bool
  ) throws(BuildLogError) -> Int64 {
    try state.withLock { (state) throws(BuildLogError) in
      guard count > 0 else { return state.nextSeq }
      guard count <= state.nextMark else { return 1 }
      let wanted = state.nextMark - count
      guard let segment = state.segments.first(where: { $0.nextMark > wanted }) else { return state.nextSeq }
      guard segment.firstMark <= wanted else { return state.removed?.fromSeq ?? segment.firstSeq }
      var (seq, mark) = segment.start(beforeMark: wanted)
      while seq < segment.nextSeq {
        let page = try read(state, from: seq, maxBytes: Self.searchedBytes, maxRecords: .max)
        for (offset, record) in page.records.enumerated() where isMarked(record) {
          if mark == wanted { return seq + Int64(offset) }
          mark += 1
        }
        seq = page.nextSeq
      }
      return seq
    }
  }

  /// Bytes that are looked through at once for a marked record.
  private static let searchedBytes = 64 << 10

  private func read(
    _ state: borrowing State, from seq: Int64, maxBytes: Int, maxRecords: Int
  ) throws(BuildLogError) -> LogPage {
    var cursor = max(1, seq)
    var gap: LogGap?
    if let removed = state.removed, cursor >= removed.fromSeq, cursor <= removed.toSeq {
      gap = LogGap(fromSeq: cursor, toSeq: removed.toSeq, bytes: removed.bytes)
      cursor = removed.toSeq + 1
    }
    var records: [[UInt8]] = []
    var room = maxBytes
    for segment in state.segments where segment.nextSeq > cursor {
      // Past the head, the numbers jump over what was removed: that starts the next page.
      guard segment.firstSeq <= cursor else { break }
      try read(segment, from: &cursor, room: &room, maxRecords: maxRecords, into: &records)
      if cursor < segment.nextSeq { break }
    }
    return LogPage(gap: gap, records: records, nextSeq: cursor)
  }

  // MARK: Files

  private func startSegment(_ state: inout State) throws(BuildLogError) {
    let number = (state.segments.last?.number ?? -1) + 1
    let path = "\(prefix).\(number)"
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .system(call: "open", path: path, errno: errno) }
    if state.file >= 0 { _ = Glibc.close(state.file) }
    state.file = file
    state.segments.append(LogSegment(number: number, path: path, firstSeq: state.nextSeq, firstMark: state.nextMark))
    guard state.segments.count > limits.totalSegments else { return }
    let dropped = state.segments.remove(at: limits.headSegments)
    unlink(dropped.path)
    state.removed = LogGap(
      fromSeq: state.removed?.fromSeq ?? dropped.firstSeq, toSeq: dropped.nextSeq - 1,
      bytes: (state.removed?.bytes ?? 0) + Int64(dropped.bytes))
  }

  /// Writes all of `record`, or leaves the file with the `size` bytes it had.
  private func write(_ record: [UInt8], to file: Int32, keeping size: Int, path: String) throws(BuildLogError) {
    var written = 0
    while written < record.count {
      let count = record[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        let code = errno
        // O_APPEND writes on at the new end, so half a record must not stay.
        ftruncate(file, off_t(size))
        throw .system(call: "write", path: path, errno: code)
      }
    }
  }

  private func read(
    _ segment: LogSegment, from cursor: inout Int64, room: inout Int, maxRecords: Int, into records: inout [[UInt8]]
  ) throws(BuildLogError) {
    let file = open(segment.path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system(call: "open", path: segment.path, errno: errno) }
    defer { _ = Glibc.close(file) }
    var (seq, offset) = segment.start(before: cursor)
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(64 << 10, max(1, segment.bytes - offset)))
    while offset < segment.bytes {
      let count = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(offset)) }
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        throw .system(call: "pread", path: segment.path, errno: count < 0 ? errno : EIO)
      }
      let end = min(count, segment.bytes - offset)
      offset += end
      var start = 0
      while let newline = buffer[start..<end].firstIndex(of: UInt8(ascii: "\n")) {
        defer {
          start = newline + 1
          seq += 1
        }
        guard seq >= cursor else {
          pending.removeAll(keepingCapacity: true)
          continue
        }
        let size = pending.count + newline - start
        guard records.count < maxRecords, size <= room || records.isEmpty else { return }
        records.append(pending + buffer[start..<newline])
        pending.removeAll(keepingCapacity: true)
        room -= size
        cursor = seq + 1
      }
      if seq >= cursor { pending.append(contentsOf: buffer[start..<end]) }
    }
  }
}
