/// Lengths of time as people read them.
enum ElapsedTime {
  /// Seconds with one digit after the point, as `1.2`.
  static func seconds(ms: Int) -> String {
    let tenths = (max(ms, 0) + 50) / 100
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// Seconds with three digits, as `0.412`.
  static func exactSeconds(ms: Int) -> String {
    let ms = max(ms, 0)
    let fraction = String(ms % 1_000)
    return "\(ms / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  /// The two greatest units, as `2h 5m`.
  static func text(ms: Int) -> String {
    let seconds = max(ms, 0) / 1_000
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3_600: return "\(seconds / 60)m \(seconds % 60)s"
    case ..<86_400: return "\(seconds / 3_600)h \(seconds / 60 % 60)m"
    default: return "\(seconds / 86_400)d \(seconds / 3_600 % 24)h"
    }
  }
}
