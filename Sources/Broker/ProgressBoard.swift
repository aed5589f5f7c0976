internal import DockerEngine
internal import SwiftDockProtocol
internal import Synchronization

/// The newest word on each transfer that is under way. Written on the thread that does the work, read by the broker for
/// those who want to see progress; older words are forgotten, so that a slow reader costs nothing.
final class ProgressBoard: Sendable {
  private struct State {
    var items: [String: (item: BuildProgress.Item, version: Int)] = [:]
    var version = 0
    var isAwaited = false
  }

  /// Layers of all the images of one build, and some.
  private static let itemLimit = 1024

  private let state = Mutex(State())

  /// - Returns: whether the broker has to be told, as it has looked since the last time.
  func update(_ items: [ProgressItem]) -> Bool {
    let time = wallClockMs()
    return state.withLock { state in
      for item in items where state.items[item.itemId] != nil || state.items.count < Self.itemLimit {
        state.version += 1
        state.items[item.itemId] = (BuildProgress.Item(item, timeMs: time), state.version)
      }
      defer { state.isAwaited = true }
      return !state.isAwaited
    }
  }

  /// Forgets what was said: another piece of work begins.
  func clear() { state.withLock { $0.items = [:] } }

  /// What is newer than `version`, and the version to ask with next.
  func changes(since version: Int) -> (items: [BuildProgress.Item], version: Int) {
    state.withLock { state in
      state.isAwaited = false
      guard state.version > version else { return ([], version) }
      let newer = state.items.values.filter { $0.version > version }.sorted { $0.version < $1.version }
      return (newer.map(\.item), state.version)
    }
  }
}

extension BuildProgress.Item {
  fileprivate init(_ item: ProgressItem, timeMs: Int) {
    let unit: Unit =
      switch item.unit {
      case .bytes: .bytes
      case .items: .items
      }
    // Numbers come from registries: what a client cannot be sent exactly is no use to it.
    func wire(_ number: Int64) -> Int {
      min(max(Int(number), ObjectReader.integers.lowerBound), ObjectReader.integers.upperBound)
    }
    self.init(
      itemID: item.itemId.clipped(to: 1024), label: item.label.clipped(to: 1024),
      current: wire(item.current), total: item.total.map(wire), unit: unit, timeMs: timeMs)
  }
}
