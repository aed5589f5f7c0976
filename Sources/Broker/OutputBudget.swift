/// How much output may wait in memory for clients to take it.
///
/// A connection's data lane is filled up to a limit of its own while the user and all users together are below theirs.
/// Beyond that it gets a small page at a time, and only once it has sent the last: whoever reads goes on, and whoever
/// does not holds little more.
struct OutputBudget {
  /// Bytes of the data lane of a connection.
  static let laneLimit = 256 << 10
  /// Bytes of events of a page while there is room, and beyond the limits.
  static let pageBytes = 64 << 10
  static let smallPageBytes = 4 << 10

  private let userLimit: Int
  private let limit: Int
  private var users: [UInt32: Int] = [:]
  private(set) var total = 0

  /// - Parameters:
  ///   - userLimit: bytes that may wait for one user's connections together.
  ///   - limit: the same for all users.
  init(userLimit: Int = 16 << 20, limit: Int = 128 << 20) {
    self.userLimit = userLimit
    self.limit = limit
  }

  func held(by user: UInt32) -> Int { users[user] ?? 0 }

  /// What waits on one of the user's connections has changed.
  mutating func change(from old: Int, to new: Int, of user: UInt32) {
    guard old != new else { return }
    total += new - old
    let held = held(by: user) + new - old
    users[user] = held == 0 ? nil : held
  }

  /// Bytes of events that may be added to the data lane of one of the user's connections, which holds `lane` bytes now;
  /// nil where none may.
  func page(behind lane: Int, of user: UInt32) -> Int? {
    let isShort = held(by: user) >= userLimit || total >= limit
    if isShort { return lane == 0 ? Self.smallPageBytes : nil }
    return lane < Self.laneLimit ? Self.pageBytes : nil
  }
}
