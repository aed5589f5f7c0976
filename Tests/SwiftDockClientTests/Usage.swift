@testable import swiftdock_ctl

/// What is wrong with the command line; nil where nothing is.
func usage<Value: ~Copyable>(_ body: () throws(ProgramError) -> Value) -> String? {
  do throws(ProgramError) {
    _ = try body()
    return nil
  } catch {
    guard case .usage(let text) = error else { return nil }
    return text
  }
}
