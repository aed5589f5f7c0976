internal import Glibc

/// The time of day, as the broker's answers have it.
enum WallClock {
  /// Milliseconds since the epoch.
  static func nowMs() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
  }
}
