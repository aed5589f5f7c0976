/// Makes the progress of each layer of a pull or push one of bytes to its end, as far as the Engine counts bytes.
///
/// For a push it counts the bytes of a layer's archive, headers and padding included, against the sum of its files; of
/// one that is there it says nothing about bytes any more.
struct LayerProgress {
  /// Most layers whose size is remembered; images have at most 127.
  private static let layerLimit = 256
  /// What is said when all bytes have been moved. With an image store in containerd, `Extracting` counts seconds.
  private static let wholeStatuses: Set<String> = [
    "Pushed", "Verifying Checksum", "Download complete", "Extracting", "Pull complete",
  ]

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
      record.current = Self.wholeStatuses.contains(record.status) ? total : 0
      record.total = total
    }
    return record
  }
}
