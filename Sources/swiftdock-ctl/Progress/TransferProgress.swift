internal import SwiftDockProtocol

/// Picks, of the many words about transfers, those that are worth a line: each state of an item, and within one each
/// quarter, and what there is to tell after five seconds.
struct TransferProgress {
  private static let pauseMs = 5_000
  /// Layers of all images of a build, and far more.
  private static let itemLimit = 4_096

  private struct Shown {
    let label: String
    let quarters: Int
    let current: Int
    let timeMs: Int
  }

  private var shown: [String: Shown] = [:]

  /// The line for the item as it is now; nil where it is not worth one.
  mutating func text(_ item: BuildProgress.Item) -> String? {
    let now = Shown(label: item.label, quarters: Self.quarters(of: item), current: item.current, timeMs: item.timeMs)
    guard let last = shown[item.itemID] else {
      guard shown.count < Self.itemLimit else { return nil }
      shown[item.itemID] = now
      return Self.text(item)
    }
    let isDue = now.timeMs - last.timeMs >= Self.pauseMs && now.current != last.current
    guard now.label != last.label || now.quarters > last.quarters || isDue else { return nil }
    shown[item.itemID] = now
    return Self.text(item)
  }

  private static func quarters(of item: BuildProgress.Item) -> Int {
    item.total.map { item.current / max($0 / 4, 1) } ?? 0
  }

  private static func text(_ item: BuildProgress.Item) -> String {
    switch item.unit {
    case .bytes:
      "\(item.label) \(ByteCount.text(item.current))" + (item.total.map { " / \(ByteCount.text($0))" } ?? "")
    case .items: item.label
    }
  }
}
