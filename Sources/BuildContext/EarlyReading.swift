/// What was read of a file before its status was asked.
struct EarlyReading {
  /// Of its bytes.
  let count: Int
  /// The value of `security.capability`, or nothing.
  let capability: [UInt8]
}
