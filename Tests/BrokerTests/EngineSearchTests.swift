import Testing

@testable import Broker

struct EngineSearchTests {
  private func pauses(_ events: [EngineSearch.Event]) -> [Duration] {
    var search = EngineSearch()
    return events.map { search.pause(after: $0) }
  }

  @Test(
    arguments: [
      // An Engine that is away is looked for ever less often, up to a bound.
      (Array(repeating: .missed, count: 6), [500, 1000, 2000, 4000, 5000, 5000]),
      // One that hangs up as soon as it is found is no better.
      (Array(repeating: .ended(after: .milliseconds(3)), count: 6), [500, 1000, 2000, 4000, 5000, 5000]),
      // One that was there for some time comes back soon, as a rule.
      ([.missed, .missed, .missed, .ended(after: .seconds(5)), .missed], [500, 1000, 2000, 500, 1000]),
      // Whoever doubts has seen something: that is looked at now, and changes nothing for later.
      ([.missed, .doubted, .doubted, .missed], [500, 0, 0, 1000]),
    ] as [([EngineSearch.Event], [Int])])
  func pausesFollowTheEvents(events: [EngineSearch.Event], milliseconds: [Int]) {
    #expect(pauses(events) == milliseconds.map { .milliseconds($0) })
  }
}
