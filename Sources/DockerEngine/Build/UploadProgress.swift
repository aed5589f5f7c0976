/// How much of a context's tar the Engine has been given, told often enough to be watched.
struct UploadProgress {
  /// Smaller contexts are sent before anybody could look.
  static let leastTotal: Int64 = 1 << 20
  private static let itemID = "context"

  private let total: Int64
  private var current: Int64 = 0
  private var told: Int64 = 0

  init(total: Int64) { self.total = total }

  /// The item, where it is worth another word: some hundred times in all, and at the end.
  mutating func sent(_ count: Int) -> ProgressItem? {
    current += Int64(count)
    guard total >= Self.leastTotal, current == total || current - told >= total / 100 else { return nil }
    told = current
    return ProgressItem(itemId: Self.itemID, label: "sending the context", current: current, total: total, unit: .bytes)
  }
}
