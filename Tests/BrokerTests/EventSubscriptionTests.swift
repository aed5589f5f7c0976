import BuildScheduling
import SwiftDockProtocol
import Testing

@testable import Broker

struct EventSubscriptionTests {
  private func subscription(_ topics: EventTopic...) -> EventSubscription {
    EventSubscription(id: "s", topics: Set(topics), scope: .mine)
  }

  private func all(_ subscription: EventSubscription) -> [EventSubscription.Owed] {
    var all: [EventSubscription.Owed] = []
    while let owed = subscription.next() { all.append(owed) }
    return all
  }

  @Test func changesOfOneThingAreToldOnce() {
    let subscription = subscription(.build, .engine, .broker)
    let (one, two) = (EventSubscription.Owed.build(BuildID("1")), EventSubscription.Owed.build(BuildID("2")))
    #expect(
      [one, two, one, .engine, .engine, .broker].map(subscription.changed) == [true, true, false, true, false, true])
    #expect(all(subscription) == [.broker, .engine, one, two])
    #expect(subscription.changed(one))
    #expect(all(subscription) == [one])
  }

  @Test(arguments: EventTopic.allCases)
  func onlyTopicsThatWereNamedAreTold(topic: EventTopic) {
    let subscription = subscription(topic)
    for owed in [.build(BuildID("1")), .engine, .broker] as [EventSubscription.Owed] { _ = subscription.changed(owed) }
    let expected: EventSubscription.Owed =
      switch topic {
      case .build: .build(BuildID("1"))
      case .engine: .engine
      case .broker: .broker
      }
    #expect(all(subscription) == [expected])
  }
}
