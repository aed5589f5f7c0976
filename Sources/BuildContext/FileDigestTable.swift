/// Decides which digests of files are remembered and when one may stand for reading the file. Knows no clock, lock or
/// filesystem.
///
/// A digest is remembered only if the file had rested when it was read: its times of modification and change were at
/// least a minute old. For a file can be written without new times for as long as they are coarse, or the pages of a
/// mapping have not been written back. It stands for the contents as long as nothing that the kernel says of them has
/// changed, for the same user, as who may see a file's status is not who may read it.
struct FileDigestTable: Sendable {
  /// Seconds.
  static let restingTime: Int64 = 60

  /// How many rows are looked at for one to take the place of.
  private static let reach = 64

  /// 88 bytes.
  private struct Row {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modifiedSeconds: Int64
    let changedSeconds: Int64
    let modifiedNanoseconds: Int32
    let changedNanoseconds: Int32
    let user: UInt32
    /// The walk that last needed it.
    var walk: UInt32
    let digest: ContextDigest

    init(_ status: FileStatus, user: UInt32, walk: UInt32, digest: ContextDigest) {
      device = status.identity.device
      inode = status.identity.inode
      size = status.size
      modifiedSeconds = status.modified.seconds
      changedSeconds = status.changed.seconds
      modifiedNanoseconds = Int32(truncatingIfNeeded: status.modified.nanoseconds)
      changedNanoseconds = Int32(truncatingIfNeeded: status.changed.nanoseconds)
      self.user = user
      self.walk = walk
      self.digest = digest
    }

    func isOf(_ identity: FileStatus.Identity, _ user: UInt32) -> Bool {
      inode == identity.inode && device == identity.device && self.user == user
    }

    func holds(for status: FileStatus) -> Bool {
      size == status.size
        && modifiedSeconds == status.modified.seconds && modifiedNanoseconds == status.modified.nanoseconds
        && changedSeconds == status.changed.seconds && changedNanoseconds == status.changed.nanoseconds
    }
  }

  private let limit: Int
  private var rows: [Row] = []
  private var places = RowPlaces()
  private var walk: UInt32 = 0
  /// Where the search for a row to replace goes on.
  private var hand = 0
  /// The row behind the one that was found last: rows are in the order of a walk, and the next walk asks in the same.
  private var likely = 0

  /// - Parameter limit: of files; 0 to remember nothing.
  init(limit: Int) {
    self.limit = min(limit, Int(Int32.max))
  }

  var count: Int { rows.count }

  // MARK: - Events

  mutating func walkBegan() {
    walk &+= 1
  }

  /// - Parameters:
  ///   - status: that held from before the file was read until afterwards.
  ///   - now: no later than the reading.
  mutating func fileWasRead(_ status: FileStatus, by user: UInt32, at now: FileStatus.Time, digest: ContextDigest) {
    guard limit > 0, status.hasRested(Self.restingTime, at: now) else { return }
    let row = Row(status, user: user, walk: walk, digest: digest)
    let hash = Self.hash(status.identity, user)
    if let known = find(status.identity, user, hash) {
      rows[known] = row
    } else if rows.count < limit {
      if rows.isEmpty { rows.reserveCapacity(limit) }
      rows.append(row)
      places.insert(rows.count - 1, hash: hash) { Self.hash(of: rows[$0]) }
    } else if let victim = findReplaceable() {
      places.remove(victim, hash: Self.hash(of: rows[victim])) { Self.hash(of: rows[$0]) }
      rows[victim] = row
      places.insert(victim, hash: hash) { Self.hash(of: rows[$0]) }
    }
  }

  /// The contents of a file are not those of a digest that still stands for them. Then the filesystem is not to be
  /// believed, and nothing that was remembered for the user is, any more.
  /// - Parameter status: of the file.
  mutating func contentsDiffered(_ status: FileStatus, for user: UInt32) {
    guard let known = find(status.identity, user, Self.hash(status.identity, user)), rows[known].holds(for: status)
    else { return }  // A change that the status shows.
    rows.removeAll { $0.user == user }
    places = RowPlaces()
    hand = 0
    for row in rows.indices { places.insert(row, hash: Self.hash(of: rows[row])) { Self.hash(of: rows[$0]) } }
  }

  // MARK: - Questions

  /// The digest of what the file holds, if that is known without reading it. Such a row stays before others do.
  mutating func digest(of status: FileStatus, for user: UInt32) -> ContextDigest? {
    let found =
      findLikely(status.identity, user) ?? find(status.identity, user, Self.hash(status.identity, user))
    guard let row = found else { return nil }
    likely = row + 1
    guard rows[row].holds(for: status) else { return nil }
    rows[row].walk = walk
    return rows[row].digest
  }

  private func find(_ identity: FileStatus.Identity, _ user: UInt32, _ hash: Int) -> Int? {
    places.find(hash) { rows[$0].isOf(identity, user) }
  }

  private func findLikely(_ identity: FileStatus.Identity, _ user: UInt32) -> Int? {
    likely < rows.count && rows[likely].isOf(identity, user) ? likely : nil
  }

  /// Of the next few rows the one that was last needed the longest ago; none if the latest walk needed them all, as
  /// then a tree larger than the table would drive out its own rows before they are of use.
  private mutating func findReplaceable() -> Int? {
    var oldest: (row: Int, age: UInt32)?
    for _ in 0..<min(Self.reach, rows.count) {
      let age = walk &- rows[hand].walk
      if age > oldest?.age ?? 0 { oldest = (hand, age) }
      hand = (hand + 1) % rows.count
    }
    return oldest?.row
  }

  /// Different in every process, so that nobody can choose files that collide.
  private static let hashFactor = UInt64.random(in: .min ... .max) | 1

  private static func hash(_ identity: FileStatus.Identity, _ user: UInt32) -> Int {
    let product = (identity.inode ^ identity.device << 40 ^ UInt64(user) << 20).multipliedFullWidth(by: hashFactor)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }

  private static func hash(of row: Row) -> Int {
    hash(FileStatus.Identity(device: row.device, inode: row.inode), row.user)
  }
}

/// A hash table of the numbers of rows, which are kept elsewhere. Collisions go to the next free slot.
private struct RowPlaces {
  /// -1 where there is none. A power of two, at most three quarters full.
  private var slots = [Int32](repeating: -1, count: 64)
  private var count = 0

  func find(_ hash: Int, where isSame: (Int) -> Bool) -> Int? {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 {
      if isSame(Int(slots[slot])) { return Int(slots[slot]) }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// - Parameter hashOf: of a row that is there.
  mutating func insert(_ row: Int, hash: Int, hashOf: (Int) -> Int) {
    if 4 * (count + 1) > 3 * slots.count {
      let old = slots
      slots = [Int32](repeating: -1, count: 2 * old.count)
      for other in old where other >= 0 { put(other, hash: hashOf(Int(other))) }
    }
    put(Int32(row), hash: hash)
    count += 1
  }

  /// Takes a row out, and moves up those behind it that would not be found any more.
  mutating func remove(_ row: Int, hash: Int, hashOf: (Int) -> Int) {
    let mask = slots.count - 1
    var gap = hash & mask
    while slots[gap] != Int32(row) { gap = (gap + 1) & mask }
    var slot = (gap + 1) & mask
    while slots[slot] >= 0 {
      let home = hashOf(Int(slots[slot])) & mask
      // Whether the gap lies on the way from where the row belongs to where it is.
      if (slot - home) & mask >= (slot - gap) & mask {
        slots[gap] = slots[slot]
        gap = slot
      }
      slot = (slot + 1) & mask
    }
    slots[gap] = -1
    count -= 1
  }

  private mutating func put(_ row: Int32, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = row
  }
}
