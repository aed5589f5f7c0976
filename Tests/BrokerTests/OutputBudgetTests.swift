import Testing

@testable import Broker

struct OutputBudgetTests {
  struct Case: Sendable {
    let mine: Int
    let others: Int
    let lane: Int
    let page: Int?
  }

  /// Limits of 1,000 bytes a user and 3,000 in all.
  @Test(arguments: [
    Case(mine: 0, others: 0, lane: 0, page: OutputBudget.pageBytes),
    Case(mine: 999, others: 2_000, lane: OutputBudget.laneLimit - 1, page: OutputBudget.pageBytes),
    Case(mine: 0, others: 0, lane: OutputBudget.laneLimit, page: nil),
    // The user's own connections hold too much.
    Case(mine: 1_000, others: 0, lane: 0, page: OutputBudget.smallPageBytes),
    Case(mine: 1_000, others: 0, lane: 1, page: nil),
    // Everybody's do.
    Case(mine: 0, others: 3_000, lane: 0, page: OutputBudget.smallPageBytes),
    Case(mine: 999, others: 2_001, lane: 1, page: nil),
  ])
  func roomDependsOnWhatTheConnectionItsUserAndAllHold(given: Case) {
    var budget = OutputBudget(userLimit: 1_000, limit: 3_000)
    budget.change(from: 0, to: given.mine, of: 1)
    budget.change(from: 0, to: given.others, of: 2)
    #expect(budget.page(behind: given.lane, of: 1) == given.page)
  }

  @Test func whatWasSentIsGivenBack() {
    var budget = OutputBudget()
    budget.change(from: 0, to: 7, of: 1)
    budget.change(from: 0, to: 5, of: 1)
    budget.change(from: 7, to: 2, of: 1)
    #expect(budget.held(by: 1) == 7 && budget.total == 7)
    budget.change(from: 2, to: 0, of: 1)
    budget.change(from: 5, to: 0, of: 1)
    #expect(budget.held(by: 1) == 0 && budget.total == 0)
  }
}
