internal import BuildScheduling

/// Which build a token of a client stands for, for so long that a client which lost its connection can ask again.
///
/// One entry a build at most, so there are no more than builds that are remembered, beside those forgotten within the
/// time.
struct ClientTokens {
  static let lifetime = Duration.seconds(600)

  private struct Key: Hashable {
    let owner: UInt32
    let token: String
  }

  private struct Entry {
    let key: Key
    let build: BuildID
    let end: ContinuousClock.Instant
  }

  private var builds: [Key: BuildID] = [:]
  /// The oldest first.
  private var entries: ArraySlice<Entry> = []

  mutating func remember(
    _ token: String, of owner: UInt32, for build: BuildID, at now: ContinuousClock.Instant
  ) {
    expire(at: now)
    let key = Key(owner: owner, token: token)
    builds[key] = build
    entries.append(Entry(key: key, build: build, end: now + Self.lifetime))
  }

  mutating func build(_ token: String, of owner: UInt32, at now: ContinuousClock.Instant) -> BuildID? {
    expire(at: now)
    return builds[Key(owner: owner, token: token)]
  }

  private mutating func expire(at now: ContinuousClock.Instant) {
    while let oldest = entries.first, oldest.end <= now {
      entries.removeFirst()
      // A later build may have the same token, where this one was forgotten before its time.
      if builds[oldest.key] == oldest.build { builds[oldest.key] = nil }
    }
  }
}
