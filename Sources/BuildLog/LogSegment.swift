/// One file of a log: complete records, each ended by LF.
struct LogSegment {
  /// Bytes of records between two entries of `index`.
  private static let indexStep = 32 << 10

  let number: Int
  let path: String
  let firstSeq: Int64
  private(set) var nextSeq: Int64
  private(set) var bytes = 0
  /// Where some records start, ascending; the first entry is the first record.
  private var index: [(seq: Int64, offset: Int)]

  init(number: Int, path: String, firstSeq: Int64) {
    self.number = number
    self.path = path
    self.firstSeq = firstSeq
    nextSeq = firstSeq
    index = [(firstSeq, 0)]
  }

  /// `size` counts the LF.
  mutating func appended(size: Int) {
    if let last = index.last, bytes - last.offset >= Self.indexStep { index.append((nextSeq, bytes)) }
    nextSeq += 1
    bytes += size
  }

  /// The last known start at or before `seq`.
  func start(before seq: Int64) -> (seq: Int64, offset: Int) {
    var low = 0
    var high = index.count
    while low < high {
      let middle = (low + high) / 2
      if index[middle].seq <= seq { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? (firstSeq, 0) : index[low - 1]
  }
}
