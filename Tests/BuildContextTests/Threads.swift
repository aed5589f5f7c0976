import BuildContext
import Glibc
import Testing

/// Runs `body` on a thread of its own with the filesystem rights of nobody, and waits for it. Run by another user than
/// root, `body` has few enough rights already.
func withoutPrivileges<Value: Sendable>(
  _ body: @escaping @Sendable () throws(ContextError) -> Value
) throws(ContextError) -> Value {
  let result = onThread { () -> Result<Value, ContextError> in
    typealias SetID = @convention(c) (UInt32) -> Int32
    let nobody: UInt32 = 65534
    // setfsuid(2) is of the calling thread alone, and takes the capabilities that override file modes with it.
    for name in ["setfsgid", "setfsuid"] {
      guard let symbol = dlsym(nil, name) else { return .failure(.interrupted) }
      _ = unsafeBitCast(symbol, to: SetID.self)(nobody)
    }
    do throws(ContextError) { return .success(try body()) } catch { return .failure(error) }
  }
  return try result.get()
}

/// Runs `body` on a new thread and waits for it.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
  let job = Job(body)
  var thread = pthread_t()
  let context = Unmanaged.passRetained(job)
  let status = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<AnyJob>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, context.toOpaque())
  precondition(status == 0)
  pthread_join(thread, nil)
  guard let value = job.value else { preconditionFailure("the thread ended without a value") }
  return value
}

private class AnyJob {
  func run() {}
}

/// Used by one thread at a time: the one that runs it, then the one that joined that.
private final class Job<Value>: AnyJob {
  private let body: () -> Value
  private(set) var value: Value?

  init(_ body: @escaping () -> Value) {
    self.body = body
  }

  override func run() {
    value = body()
  }
}
