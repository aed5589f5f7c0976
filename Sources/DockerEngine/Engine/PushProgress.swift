/// Makes the progress of a push one of bytes to its end. The Engine counts the bytes of a layer's archive, headers and
/// padding included, against the sum of its files, and says nothing about bytes once the layer is there.
struct PushProgress {
  /// Most layers whose size is remembered; images have at most 127.
  private static let layerLimit = 256
  private static let end = "Pushed"

  private var totals: [String: Int64] = [:]

  /// The record with at most as many bytes as there are, with all of them at the end, and with none where the Engine
  /// starts again.
  mutating func measured(_ record: StatusRecord) -> StatusRecord {
    guard let id = record.id else { return record }
    var record = record
    if let current = record.current, let total = record.total, total > 0 {
      record.current = min(current, total)
      if totals[id] != nil || totals.count < Self.layerLimit { totals[id] = total }
    } else if record.current == nil, let total = totals[id] {
      record.current = record.status == Self.end ? total : 0
      record.total = total
    }
    return record
  }
}
