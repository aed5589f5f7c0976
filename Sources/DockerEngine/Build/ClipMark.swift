/// The line that BuildKit puts where it leaves out output of a step: `[output clipped, log limit 200KiB/s reached]`, or
/// with the limit of the whole step `1MiB` and `2MiB` (buildkit `util/progress/logs`).
struct ClipMark {
  private let limit: Substring

  init?(_ event: BuildEvent) {
    let (before, after) = ("[output clipped, log limit ", " reached]")
    guard case .log(let line) = event, line.bytes.count < 100, line.bytes.starts(with: before.utf8) else { return nil }
    let text = String(decoding: line.bytes, as: UTF8.self)
    guard text.hasSuffix(after) else { return nil }
    limit = text.dropFirst(before.count).dropLast(after.count)
  }

  func warning(ofStep name: String) -> BuildEvent {
    .warning(
      code: "outputClipped",
      message: "The Engine left out output of \"\(name.clipped(to: 200))\": its limit for a step is \(limit).",
      lines: nil)
  }
}
