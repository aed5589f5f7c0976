/// Finds the nodes of a tree by their directory and name: a hash table of their numbers alone, as the names are kept by
/// the nodes. Hashes are seeded, so nobody can choose names that collide.
struct NameIndex {
  /// Numbers of nodes; -1 where there is none. A power of two, at most three quarters full.
  private var slots = [Int32](repeating: -1, count: 64)
  private var count = 0

  static func hash(_ name: ArraySlice<UInt8>, in directory: Int32) -> Int {
    var hasher = Hasher()
    hasher.combine(directory)
    name.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  /// - Parameter isSame: whether a node has the name that was hashed.
  func find(_ hash: Int, where isSame: (Int32) -> Bool) -> Int32? {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 {
      if isSame(slots[slot]) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// - Parameters:
  ///   - node: whose name is not there yet.
  ///   - rehash: of a node that is there.
  mutating func insert(_ node: Int32, hash: Int, rehash: (Int32) -> Int) {
    if 4 * (count + 1) > 3 * slots.count {
      let old = slots
      slots = [Int32](repeating: -1, count: 2 * old.count)
      for other in old where other >= 0 { put(other, hash: rehash(other)) }
    }
    put(node, hash: hash)
    count += 1
  }

  /// Puts another node of the same name in the place of one that is there.
  mutating func replace(_ node: Int32, with other: Int32, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] != node { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = other
  }

  private mutating func put(_ node: Int32, hash: Int) {
    var slot = hash & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = node
  }
}
