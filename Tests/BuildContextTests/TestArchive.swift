/// An archive that is put together block by block, in ways that no program would.
struct TestArchive {
  private(set) var bytes: [UInt8] = []

  /// Adds a member in the ustar format. What is changed before the checksum is taken is up to the test.
  mutating func add(
    _ name: String, type: Character = "0", _ contents: String = "", mode: Int = 0o644, link: String = "",
    size: Int? = nil, change: (inout [UInt8]) -> Void = { _ in }
  ) {
    add(Array(name.utf8), type: type, Array(contents.utf8), mode: mode, link: link, size: size, change: change)
  }

  mutating func add(
    _ name: [UInt8], type: Character = "0", _ contents: [UInt8] = [], mode: Int = 0o644, link: String = "",
    size: Int? = nil, change: (inout [UInt8]) -> Void = { _ in }
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Sequence<UInt8>, _ offset: Int) {
      for (index, byte) in text.enumerated() { block[offset + index] = byte }
    }
    put(name, 0)
    put(Self.octal(mode, 7), 100)
    put(Self.octal(0, 7), 108)
    put(Self.octal(0, 7), 116)
    put(Self.octal(size ?? contents.count, 11), 124)
    put(Self.octal(1_600_000_000, 11), 136)
    put(type.utf8, 156)
    put(link.utf8, 157)
    put("ustar\u{0}00".utf8, 257)
    change(&block)
    bytes += Self.summed(block) + contents
    bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
  }

  /// Adds an extended header.
  mutating func add(records: [(String, String)], type: Character = "x") {
    add(
      "header", type: type,
      records.map { key, value in
        let rest = key.utf8.count + value.utf8.count + 3
        let length = (1...9).map { rest + $0 }.first { String($0).utf8.count + rest == $0 }
        return "\(length ?? 0) \(key)=\(value)\n"
      }.joined())
  }

  mutating func add(raw: [UInt8]) { bytes += raw }

  /// With its end.
  var ended: [UInt8] { bytes + [UInt8](repeating: 0, count: 1_024) }

  static func octal(_ value: Int, _ width: Int) -> [UInt8] {
    let digits = Array(String(value, radix: 8).utf8)
    return [UInt8](repeating: 0x30, count: width - digits.count) + digits
  }

  private static func summed(_ block: [UInt8]) -> [UInt8] {
    var block = block
    block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let sum = block.reduce(0) { $0 + Int($1) }
    block.replaceSubrange(148..<156, with: octal(sum, 6) + [0, 0x20])
    return block
  }
}
