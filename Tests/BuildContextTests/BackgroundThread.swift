import Glibc
import Synchronization
import Testing

/// A thread that does the same again and again, until it is stopped.
final class BackgroundThread {
  private let job: Job
  private let thread: pthread_t

  private final class Job: Sendable {
    let isStopped = Atomic(false)
    let rounds = Atomic(0)
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }

    func run() {
      while !isStopped.load(ordering: .relaxed) {
        body()
        rounds.add(1, ordering: .relaxed)
      }
    }
  }

  init(repeating body: @escaping @Sendable () -> Void) throws {
    let job = Job(body)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(job).toOpaque())
    try #require(status == 0)
    self.job = job
    self.thread = thread
  }

  var rounds: Int { job.rounds.load(ordering: .relaxed) }

  /// To be called once.
  func stop() {
    job.isStopped.store(true, ordering: .relaxed)
    pthread_join(thread, nil)
  }
}
