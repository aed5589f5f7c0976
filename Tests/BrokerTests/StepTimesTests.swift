import SwiftDockProtocol
import Testing

@testable import Broker

struct StepTimesTests {
  private typealias Step = LogEvent.Step

  @Test func stepsThatEndHaveTheirTimeButCachedOnesAndThoseOfWhichItIsKnown() {
    var times = StepTimes()
    let start = ContinuousClock.now
    func timed(_ id: String, _ state: Step.State, after milliseconds: Int, known: Int? = nil) -> Int? {
      times.timed(
        Step(stepID: id, name: "n", state: state, durationMs: known), at: start + .milliseconds(milliseconds)
      ).durationMs
    }
    for id in ["1", "2", "3", "4"] { #expect(timed(id, .started, after: 100) == nil) }
    #expect(timed("1", .done, after: 1350) == 1250)
    #expect(timed("2", .failed, after: 101) == 1)
    #expect(timed("3", .cached, after: 200) == nil)
    #expect(timed("4", .cancelled, after: 200, known: 7) == 7)
    // It has ended; one that runs again begins anew.
    #expect(timed("1", .failed, after: 2000) == nil)
    #expect(timed("5", .done, after: 2000) == nil)
  }
}
