/// One file of a log: complete records, each ended by LF.
struct LogSegment {
  /// Bytes of records between two entries of `index`.
  private static let indexStep = 32 << 10

  let number: Int
  let path: String
  let firstSeq: Int64
  private(set) var nextSeq: Int64
  private(set) var bytes = 0
  /// Marked records of the whole log before this file's first record.
  let firstMark: Int64
  /// The same before `nextSeq`.
  private(set) var nextMark: Int64
  /// Where some records start, ascending, with the marked ones of the whole log before them; the first entry is the
  /// first record.
  private var index: [(seq: Int64, offset: Int, mark: Int64)]

  init(number: Int, path: String, firstSeq: Int64, firstMark: Int64) {
    self.number = number
    self.path = path
    self.firstSeq = firstSeq
    self.firstMark = firstMark
    nextSeq = firstSeq
    nextMark = firstMark
    index = [(firstSeq, 0, firstMark)]
  }

  /// `size` counts the LF.
  mutating func appended(size: Int, isMarked: Bool) {
    if let last = index.last, bytes - last.offset >= Self.indexStep { index.append((nextSeq, bytes, nextMark)) }
    nextSeq += 1
    bytes += size
    if isMarked { nextMark += 1 }
  }

  /// The last known start before the marked record which `mark` others precede.
  func start(beforeMark mark: Int64) -> (seq: Int64, mark: Int64) {
    let entry = index.last { $0.mark <= mark } ?? index[0]
    return (entry.seq, entry.mark)
  }

  /// The last known start at or before `seq`.
  func start(before seq: Int64) -> (seq: Int64, offset: Int) {
    var low = 0
    var high = index.count
    while low < high {
      let middle = (low + high) / 2
      if index[middle].seq <= seq { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? (firstSeq, 0) : (index[low - 1].seq, index[low - 1].offset)
  }
}
