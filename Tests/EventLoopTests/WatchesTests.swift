import CLinux
import Testing

@testable import EventLoop

/// Which events a group is told of together.
struct WatchesTests {
  private func event(_ token: UInt64, _ readiness: Readiness = .input) -> cl_event {
    cl_event(events: readiness.rawValue, data: token)
  }

  @Test func aGroupIsToldOfAllThatFollowOneAnother() {
    var watches = Watches()
    let group = WatchGroup { _ in }
    let (first, second) = (watches.add(7, .group(group)), watches.add(9, .group(group)))
    let handler = watches.add(8, .handler { _ in })
    let other = watches.add(10, .group(WatchGroup { _ in }))
    let ended = watches.add(11, .group(group))
    watches.remove(11)
    func taken(_ events: [cl_event]) -> (descriptors: [Int32], rest: [UInt64]) {
      var ready: [ReadyDescriptor] = []
      let rest = watches.take(events[...], of: group, into: &ready)
      return (ready.map(\.descriptor), rest.map(\.data))
    }
    #expect(taken([event(first), event(second)]) == ([7, 9], []))
    #expect(taken([event(first), event(Watches.wakeUpToken), event(second)]) == ([7, 9], []))
    #expect(taken([event(first), event(handler), event(second)]) == ([7], [handler, second]))
    #expect(taken([event(first), event(other), event(second)]) == ([7], [other, second]))
    #expect(taken([event(first), event(ended), event(second)]) == ([7], [ended, second]))
    #expect(taken([event(other), event(first)]) == ([], [other, first]))
  }

  @Test func whatIsReadyIsTold() {
    var watches = Watches()
    let group = WatchGroup { _ in }
    let token = watches.add(7, .group(group))
    var ready: [ReadyDescriptor] = []
    _ = watches.take([event(token, .hangUp)], of: group, into: &ready)
    #expect(ready == [ReadyDescriptor(descriptor: 7, readiness: .hangUp)])
  }
}
