/// Decides when to look for the Engine again. A value without a clock; one for the life of a broker.
struct EngineSearch {
  enum Event: Equatable {
    /// No Engine was found.
    case missed
    /// The connection that rested on an Engine ended by itself after this time.
    case ended(after: Duration)
    /// Somebody has found out that it is not the Engine it was: it is silent, its socket is another, or it is back.
    case doubted
  }

  static let firstPause = Duration.milliseconds(500)
  static let longestPause = Duration.seconds(5)

  private var next = firstPause

  /// How long to wait before the next look.
  mutating func pause(after event: Event) -> Duration {
    switch event {
    case .doubted: return .zero
    // An Engine that takes connections and drops them is not looked for more often than one that is not there.
    case .ended(let lasted) where lasted >= Self.longestPause: next = Self.firstPause
    case .ended, .missed: break
    }
    defer { next = min(next * 2, Self.longestPause) }
    return next
  }
}
