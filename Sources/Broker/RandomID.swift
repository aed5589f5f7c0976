/// Names that cannot be guessed: 128 random bits from the system's generator, as 32 hexadecimal digits.
enum RandomID {
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    return hex(generator.next()) + hex(generator.next())
  }

  /// 64 bits: enough to tell occurrences apart, not to be a secret.
  static func short() -> String {
    var generator = SystemRandomNumberGenerator()
    return hex(generator.next())
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
