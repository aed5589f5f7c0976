/// The values of most weight among all that were offered; of equal ones the first.
struct Heaviest<Value> {
  private let limit: Int
  /// By weight, the greatest first.
  private(set) var items: [(weight: Int64, value: Value)] = []

  init(limit: Int) { self.limit = limit }

  var values: [Value] { items.map(\.value) }

  /// - Parameter value: made only if there is room for it.
  mutating func offer(_ weight: Int64, _ value: @autoclosure () -> Value) {
    if items.count == limit {
      guard let last = items.last, last.weight < weight else { return }
      items.removeLast()
    }
    let index = items.firstIndex { $0.weight < weight } ?? items.endIndex
    items.insert((weight, value()), at: index)
  }

  mutating func offer(_ other: Heaviest) {
    for item in other.items { offer(item.weight, item.value) }
  }

  /// - Parameter body: leaves the weight as it was.
  mutating func update(_ body: (inout Value) -> Void) {
    for index in items.indices { body(&items[index].value) }
  }
}
