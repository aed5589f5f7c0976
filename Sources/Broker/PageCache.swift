internal import BuildScheduling

/// The pages that were encoded last, so that readers of a log who are at the same place share one.
///
/// A page is never out of date: a log only grows. One that was cut short by the end of the log as it was then stays as
/// it is, and all who come to its place go on behind it, so that they stay together.
struct PageCache {
  struct Key: Hashable {
    let execution: ExecutionID
    let form: LogForm
    /// The number that the page was asked for from.
    let from: Int64
  }

  /// Bytes of pages that are kept, besides those which outputs still hold.
  private let limit: Int
  private var pages: [Key: EncodedPage] = [:]
  /// The keys of `pages`, the oldest at `first`; what is before it was dropped.
  private var order: [Key] = []
  private var first = 0
  private(set) var bytes = 0

  init(limit: Int = 4 << 20) { self.limit = limit }

  subscript(key: Key) -> EncodedPage? { pages[key] }

  /// Drops the oldest pages where there are too many. The first page of a key stays.
  mutating func insert(_ page: EncodedPage, for key: Key) {
    guard pages[key] == nil else { return }
    pages[key] = page
    order.append(key)
    bytes += Self.cost(of: page)
    while bytes > limit, first < order.count - 1 {
      if let dropped = pages.removeValue(forKey: order[first]) { bytes -= Self.cost(of: dropped) }
      first += 1
    }
    if first * 2 > order.count {
      order.removeSubrange(..<first)
      first = 0
    }
  }

  /// With an estimate of what a page takes beside its events.
  private static func cost(of page: EncodedPage) -> Int { page.events.count + 256 }
}
