import Testing

@testable import BuildContext

/// What a context may hold.
struct MeasuredEntriesTests {
  /// The last one is refused, if any is. Below zero are those of 2^63 bytes and more.
  @Test(
    arguments: [
      ([0, 99, 1], 100, nil), ([100, 1], 100, 100), ([.max, 1], .max, .max), ([.max, .max], .max, .max),
      ([-1], 100, 100), ([50, -1], 100, 100), ([.min], .max, .max),
    ] as [([Int64], Int64, Int64?)])
  func filesAreCountedUpToALimit(sizes: [Int64], limit: Int64, refusal: Int64?) throws {
    var limits = ContextLimits.unlimited
    limits.bytes = limit
    var entries = MeasuredEntries(
      limits: limits, files: try BuildFiles(dockerfileText: Array("FROM scratch\n".utf8), for: .buildKit))
    func count(_ size: Int64) throws(ContextError) { try entries.countFile(size: size) }
    let before = entries.contentBytes
    for size in sizes.dropLast(refusal == nil ? 0 : 1) { try count(size) }
    if let refusal {
      let last = try #require(sizes.last)
      #expect(throws: ContextError.tooLarge(limitBytes: refusal)) { try count(last) }
    }
    #expect(entries.contentBytes == before + sizes.dropLast(refusal == nil ? 0 : 1).reduce(0, +))
  }
}
