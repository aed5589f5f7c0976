import BuildScheduling
import Testing

private let a = BuildID("a")
private let b = BuildID("b")
private let c = BuildID("c")

@Suite struct PublicationQueueTests {
  @Test func differentReferencesDoNotWaitForEachOther() {
    var queue = PublicationQueue(limit: 8)
    #expect(queue.requested(a, ["app:1"]) == [a])
    #expect(queue.requested(b, ["app:2"]) == [b])
    #expect(queue.requested(c, []) == [c])
  }

  @Test func oneReferenceBelongsToOneBuildAtATimeInTheOrderTheyCame() {
    var queue = PublicationQueue(limit: 8)
    _ = queue.requested(a, ["app:1"])
    #expect(queue.requested(b, ["app:1"]) == [])
    #expect(queue.requested(c, ["app:1"]) == [])
    #expect(queue.finished(a) == [b])
    #expect(queue.finished(b) == [c])
    #expect(queue.finished(c) == [])
    #expect(queue.isIdle)
  }

  @Test func aBuildThatWaitsIsNotPassed() {
    var queue = PublicationQueue(limit: 8)
    _ = queue.requested(a, ["app:1"])
    #expect(queue.requested(b, ["app:1", "app:2"]) == [])
    #expect(queue.requested(c, ["app:2"]) == [])
    #expect(queue.finished(a) == [b])
    #expect(queue.finished(b) == [c])
  }

  @Test func leavingTheQueueLetsTheNextOnesPass() {
    var queue = PublicationQueue(limit: 8)
    _ = queue.requested(a, ["app:1"])
    _ = queue.requested(b, ["app:1", "app:2"])
    _ = queue.requested(c, ["app:2"])
    #expect(queue.isWaiting(b))
    #expect(queue.finished(b) == [c])
  }

  @Test func noMoreThanTheLimitBeginAndTheRestMayLeave() {
    var queue = PublicationQueue(limit: 1)
    _ = queue.requested(a, ["app:1"])
    #expect(queue.requested(b, ["app:2"]) == [])
    #expect(queue.requested(c, ["app:3"]) == [])
    #expect(queue.isWaiting(b))
    #expect(queue.finished(b) == [])
    #expect(queue.finished(a) == [c])
  }
}
