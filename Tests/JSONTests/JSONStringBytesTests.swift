import JSON
import Testing

struct JSONStringBytesTests {
  private func firstSpecial(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    bytes.withUnsafeBufferPointer { JSONStringBytes.firstSpecial(in: $0, from: start, to: end) }
  }

  /// Beside bytes that borrow from their neighbours.
  @Test(arguments: [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] as [UInt8])
  func firstSpecialByteIsFoundWhereverItIs(plain: UInt8) {
    for special in Array(0..<0x20) + [UInt8(ascii: "\""), UInt8(ascii: "\\")] {
      for place in 0..<20 {
        var bytes = [UInt8](repeating: plain, count: 24)
        bytes[place] = special
        bytes[23] = UInt8(ascii: "\"")
        for start in 0...place { #expect(firstSpecial(bytes, start, 23) == place) }
        #expect(firstSpecial(bytes, place + 1, 23) == 23)
        #expect(firstSpecial(bytes, 0, place) == place)
      }
    }
  }

  @Test func everyByteAloneIsJudged() {
    for byte in UInt8.min...UInt8.max {
      let isSpecial = byte < 0x20 || byte == 0x22 || byte == 0x5C
      #expect(firstSpecial([byte], 0, 1) == (isSpecial ? 0 : 1))
    }
    #expect(firstSpecial([], 0, 0) == 0)
  }

  @Test func oneByteBeyondASCIIIsFoundAnywhere() {
    for length in 0..<20 {
      var bytes = [UInt8](repeating: 0x7F, count: length)
      #expect(bytes.withUnsafeBufferPointer(JSONStringBytes.areASCII))
      for place in 0..<length {
        bytes[place] = 0x80
        #expect(!bytes.withUnsafeBufferPointer(JSONStringBytes.areASCII))
        bytes[place] = 0x7F
      }
    }
  }

  @Test func oneOtherByteMakesTextsDiffer() {
    for length in 0..<20 {
      let bytes = Array(0..<UInt8(length))
      func isSame(_ other: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { left in
          other.withUnsafeBufferPointer { right in JSONStringBytes.areSame(left, right) }
        }
      }
      #expect(isSame(bytes))
      #expect(!isSame(bytes + [0]))
      for place in 0..<length {
        var other = bytes
        other[place] ^= 0x80
        #expect(!isSame(other))
      }
    }
  }
}
