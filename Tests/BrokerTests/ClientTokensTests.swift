import BuildScheduling
import Testing

@testable import Broker

struct ClientTokensTests {
  private let start = ContinuousClock.now
  private let first = BuildID("first")
  private let second = BuildID("second")

  @Test func tokenStandsForItsBuildForTenMinutes() {
    var tokens = ClientTokens()
    tokens.remember("t", of: 1, for: first, at: start)
    #expect(tokens.build("t", of: 1, at: start + .milliseconds(599_999)) == first)
    #expect(tokens.build("t", of: 1, at: start + .seconds(600)) == nil)
  }

  @Test func tokensAreOnesOwn() {
    var tokens = ClientTokens()
    tokens.remember("t", of: 1, for: first, at: start)
    #expect(tokens.build("t", of: 2, at: start) == nil)
    #expect(tokens.build("T", of: 1, at: start) == nil)
    tokens.remember("t", of: 2, for: second, at: start)
    #expect(tokens.build("t", of: 1, at: start) == first)
    #expect(tokens.build("t", of: 2, at: start) == second)
  }

  /// As where the first build was forgotten before its time.
  @Test func newerBuildWithTheSameTokenHasItsOwnTime() {
    var tokens = ClientTokens()
    tokens.remember("t", of: 1, for: first, at: start)
    tokens.remember("t", of: 1, for: second, at: start + .seconds(300))
    #expect(tokens.build("t", of: 1, at: start + .seconds(601)) == second)
    #expect(tokens.build("t", of: 1, at: start + .seconds(900)) == nil)
  }
}
