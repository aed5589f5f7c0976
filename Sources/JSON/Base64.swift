/// Base64 with padding (RFC 4648): how bytes travel in JSON and in HTTP fields.
package enum Base64 {
  package enum Alphabet: Sendable {
    /// Section 4.
    case standard
    /// Section 5: `-` and `_` for `+` and `/`.
    case urlSafe

    fileprivate var digits: [UInt8] {
      let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
      return Array((common + (self == .standard ? "+/" : "-_")).utf8)
    }
  }

  package static func encode(_ bytes: some Collection<UInt8>, _ alphabet: Alphabet = .standard) -> String {
    let digits = alphabet.digits
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var bits: UInt32 = 0
    var pending = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      pending += 1
      guard pending == 3 else { continue }
      for shift in [UInt32(18), 12, 6, 0] { out.append(digits[Int(bits >> shift & 63)]) }
      bits = 0
      pending = 0
    }
    if pending > 0 {
      bits <<= UInt32(8 * (3 - pending))
      for index in 0..<4 {
        out.append(index <= pending ? digits[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Decodes the standard alphabet. nil unless `text` is exactly what `encode` gives for some bytes.
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var digits = 0
    var padding = 0
    for byte in text {
      if byte == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let digit = value(of: byte) else { return nil }
      bits = bits << 6 | digit
      digits += 1
      guard digits.isMultiple(of: 4) else { continue }
      for shift in [UInt32(16), 8, 0] { out.append(UInt8(truncatingIfNeeded: bits >> shift)) }
      bits = 0
    }
    // What is left over of the last digit has to be zero, so that every sequence of bytes has one text.
    switch padding {
    case 0: return out
    case 1 where digits % 4 == 3 && bits & 0b11 == 0:
      return out + [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
    case 2 where digits % 4 == 2 && bits & 0b1111 == 0: return out + [UInt8(truncatingIfNeeded: bits >> 4)]
    default: return nil
    }
  }

  package static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }

  private static func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
