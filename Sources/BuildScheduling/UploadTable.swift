/// Names a context that comes in pieces.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }
}

/// Decides which pieces of contexts are taken, in which order they are worked at, and how long contexts are kept. Knows
/// no socket, file or clock.
///
/// Each piece, and the end, is a work with a number of the caller's. An upload has one work under way at a time; works
/// are begun in the order they were taken. An upload goes `receiving` → `ending` → `complete`, and from each of these
/// is forgotten by an abort, by its time, or by a work that failed; from `complete` also to make room.
package struct UploadTable {
  package enum Action: Equatable, Sendable {
    /// Do the work, and tell with `worked` how it went.
    case perform(UploadID, work: Int)
    /// Let go of all that is kept. What becomes of `undone`, of which the first may be under way, does not count.
    case forget(UploadID, undone: [Int])
  }

  package enum Refusal: Error, Equatable, Sendable {
    /// Unknown, gone, or somebody else's.
    case notFound
    case tooMany(limit: Int)
    case tooManyWorks(limit: Int)
    /// The piece does not continue what was taken.
    case wrongOffset(expected: Int)
    /// With the piece there would be more bytes than were announced; it is not taken.
    case tooLong(announced: Int)
    /// There are fewer bytes than were announced.
    case tooShort(received: Int, announced: Int)
    /// A piece behind the end.
    case complete
    /// Nothing can be built from it yet.
    case incomplete
  }

  package struct Limits: Equatable, Sendable {
    /// Of one owner, of those that are not complete; of complete ones the same number is kept.
    package var uploads: Int
    /// Of one upload, begun or not.
    package var works: Int
    /// How long an upload lives without traffic or use.
    package var life: Duration

    package init(uploads: Int = 16, works: Int = 4, life: Duration = .seconds(600)) {
      self.uploads = uploads
      self.works = works
      self.life = life
    }
  }

  private enum Phase { case receiving, ending, complete }

  private struct Upload {
    let owner: UInt32
    let announced: Int?
    var phase = Phase.receiving
    /// Bytes of all pieces that were taken.
    var taken = 0
    /// On disk, once it is complete.
    var stored: Int64 = 0
    /// Those of it that have not ended.
    var builds = 0
    /// The first is under way.
    var works: [Int] = []
    var expires: ContinuousClock.Instant
  }

  package let limits: Limits
  private var uploads: [UploadID: Upload] = [:]

  package init(limits: Limits = Limits()) { self.limits = limits }

  package var isEmpty: Bool { uploads.isEmpty }

  /// When `expired` has something to do; nil where nothing is there or all of it is being worked at.
  package var nextExpiry: ContinuousClock.Instant? {
    uploads.values.lazy.filter { $0.works.isEmpty }.map(\.expires).min()
  }

  // MARK: Requests

  package mutating func begun(
    _ id: UploadID, by owner: UInt32, announced: Int?, now: ContinuousClock.Instant
  ) throws(Refusal) {
    precondition(uploads[id] == nil, "upload ids are used once")
    guard uploads.values.count(where: { $0.owner == owner && $0.phase != .complete }) < limits.uploads else {
      throw .tooMany(limit: limits.uploads)
    }
    uploads[id] = Upload(owner: owner, announced: announced, expires: now + limits.life)
  }

  /// - Parameter size: in bytes.
  package mutating func chunk(
    _ id: UploadID, by owner: UInt32, offset: Int, size: Int, work: Int, now: ContinuousClock.Instant
  ) throws(Refusal) -> [Action] {
    let upload = try find(id, owner)
    guard offset == upload.taken else { throw .wrongOffset(expected: upload.taken) }
    guard upload.phase == .receiving || size == 0 else { throw .complete }
    let (total, overflow) = upload.taken.addingReportingOverflow(size)
    if let announced = upload.announced, overflow || total > announced { throw .tooLong(announced: announced) }
    guard !overflow else { throw .wrongOffset(expected: upload.taken) }
    let actions = try begin(work, of: id, now)
    uploads[id]?.taken = total
    return actions
  }

  /// May come again for one that is complete.
  package mutating func end(
    _ id: UploadID, by owner: UInt32, work: Int, now: ContinuousClock.Instant
  ) throws(Refusal) -> [Action] {
    let upload = try find(id, owner)
    if let announced = upload.announced, upload.taken < announced {
      throw .tooShort(received: upload.taken, announced: announced)
    }
    let actions = try begin(work, of: id, now)
    if upload.phase == .receiving { uploads[id]?.phase = .ending }
    return actions
  }

  package mutating func aborted(_ id: UploadID, by owner: UInt32) throws(Refusal) -> [Action] {
    _ = try find(id, owner)
    return forget(id)
  }

  /// A build takes the context; what it takes is its own from then on.
  package mutating func used(_ id: UploadID, by owner: UInt32, now: ContinuousClock.Instant) throws(Refusal) {
    guard try find(id, owner).phase == .complete else { throw .incomplete }
    uploads[id]?.expires = now + limits.life
  }

  package mutating func buildAccepted(of id: UploadID) { uploads[id]?.builds += 1 }

  /// To be called once for each build that was accepted.
  package mutating func buildEnded(of id: UploadID) {
    // The upload may have been forgotten before.
    uploads[id]?.builds -= 1
  }

  // MARK: What becomes of works

  /// - Parameters:
  ///   - succeeded: where not, the upload cannot go on.
  ///   - stored: bytes on disk, where the context can be used now.
  package mutating func worked(
    _ id: UploadID, succeeded: Bool, stored: Int64? = nil, now: ContinuousClock.Instant
  ) -> [Action] {
    // An abort may cross the work.
    guard let upload = uploads[id], !upload.works.isEmpty else { return [] }
    uploads[id]?.works.removeFirst()
    guard succeeded else { return forget(id) }
    uploads[id]?.expires = now + limits.life
    var actions: [Action] = []
    if let stored, upload.phase != .complete {
      uploads[id]?.phase = .complete
      uploads[id]?.stored = stored
      actions += makeRoom(for: upload.owner)
    }
    if let next = uploads[id]?.works.first { actions.append(.perform(id, work: next)) }
    return actions
  }

  package mutating func expired(now: ContinuousClock.Instant) -> [Action] {
    let due = uploads.filter { $0.value.works.isEmpty && $0.value.expires <= now }.keys
    return due.sorted { $0.text < $1.text }.flatMap { forget($0) }
  }

  /// An archive that is arriving lacks so many bytes on disk. Of everybody's complete uploads those that were not used
  /// for longest go, as many as it takes; none that is being built, since its bytes would stay, and none without bytes.
  package mutating func roomRanShort(by bytes: Int64) -> [Action] {
    let idle = uploads.filter {
      $0.value.phase == .complete && $0.value.works.isEmpty && $0.value.builds == 0 && $0.value.stored > 0
    }
    var missing = bytes
    var actions: [Action] = []
    for (id, upload) in idle.sorted(by: Self.isOlder) {
      guard missing > 0 else { break }
      missing -= upload.stored
      actions += forget(id)
    }
    return actions
  }

  // MARK: -

  private typealias Element = Dictionary<UploadID, Upload>.Element

  private static func isOlder(_ left: Element, _ right: Element) -> Bool {
    (left.value.expires, left.key.text) < (right.value.expires, right.key.text)
  }

  private func find(_ id: UploadID, _ owner: UInt32) throws(Refusal) -> Upload {
    guard let upload = uploads[id], upload.owner == owner else { throw .notFound }
    return upload
  }

  private mutating func begin(
    _ work: Int, of id: UploadID, _ now: ContinuousClock.Instant
  ) throws(Refusal) -> [Action] {
    let waiting = uploads[id]?.works.count ?? 0
    guard waiting < limits.works else { throw .tooManyWorks(limit: limits.works) }
    uploads[id]?.works.append(work)
    uploads[id]?.expires = now + limits.life
    return waiting == 0 ? [.perform(id, work: work)] : []
  }

  /// Of the complete ones, the one that was not used for longest goes.
  private mutating func makeRoom(for owner: UInt32) -> [Action] {
    let complete = uploads.filter { $0.value.owner == owner && $0.value.phase == .complete }
    guard complete.count > limits.uploads else { return [] }
    let oldest = complete.filter { $0.value.works.isEmpty }.min(by: Self.isOlder)
    return oldest.map { forget($0.key) } ?? []
  }

  private mutating func forget(_ id: UploadID) -> [Action] {
    guard let upload = uploads.removeValue(forKey: id) else { return [] }
    return [.forget(id, undone: upload.works)]
  }
}
