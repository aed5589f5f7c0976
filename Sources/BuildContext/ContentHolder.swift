/// Gives the files that one thread reads places in a room, as long as there are any.
struct ContentHolder {
  /// Bytes of the room that a file takes beside its contents, for what is noted of it.
  static let fileCharge = 256

  private let room: ContentRoom?
  private var block: ContentBlock?
  /// Of the block.
  private var used = 0
  private var fileLimit: Int64

  /// - Parameter room: nil where nothing is to be held.
  init(_ room: ContentRoom?) {
    self.room = room
    fileLimit = room == nil ? -1 : Int64(ContentBlock.size)
  }

  /// Memory for the contents of a file; nil where they are not to be held. It is lent until the next call, unless it is
  /// kept.
  mutating func space(for size: Int64) -> UnsafeMutableRawBufferPointer? {
    guard let room, size >= 0, size <= fileLimit else { return nil }
    if block.map({ Int(size) + Self.fileCharge > $0.memory.count - used }) ?? true {
      block = room.takeBlock()
      used = 0
      fileLimit = Int64(block?.fileLimit ?? -1)
    }
    guard let block, size <= fileLimit else { return nil }
    return UnsafeMutableRawBufferPointer(rebasing: block.memory[used..<(used + Int(size))])
  }

  /// - Parameter count: bytes of the memory that was lent last.
  mutating func keep(_ count: Int) -> HeldFile.Place? {
    guard let block else { return nil }
    defer { used += count + Self.fileCharge }
    return HeldFile.Place(block: block, start: used)
  }
}
