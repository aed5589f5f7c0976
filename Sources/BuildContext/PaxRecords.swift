/// What the records of an extended header say that a context can hold (POSIX 1003.1, pax, "pax Extended Header").
struct PaxRecords: Equatable {
  private(set) var path: [UInt8]?
  private(set) var linkPath: [UInt8]?
  private(set) var size: Int64?
  /// Rounded down to seconds.
  private(set) var modified: Int64?
  private(set) var capability: [UInt8]?
  /// Whether GNU's records of a sparse file are among them.
  private(set) var isSparse = false

  /// - Parameter bytes: `LENGTH KEY=VALUE\n` again and again; the length, in decimal, counts itself and the line feed.
  /// - Throws: `extendedHeader` or `number`.
  mutating func read(_ bytes: [UInt8]) throws(ArchiveFault) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard let length = Self.integer(digits), length > Int64(digits.count), length <= Int64(rest.count) else {
        throw .extendedHeader
      }
      let record = rest.prefix(Int(length))
      guard record.last == UInt8(ascii: "\n") else { throw .extendedHeader }
      let pair = record.dropFirst(digits.count + 1).dropLast()
      guard let sign = pair.firstIndex(of: UInt8(ascii: "=")) else { throw .extendedHeader }
      try read(key: pair[..<sign], value: pair[(sign + 1)...])
      rest = rest.dropFirst(record.count)
    }
  }

  /// An empty value takes back what a record before it said.
  private mutating func read(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>) throws(ArchiveFault) {
    switch String(decoding: key, as: UTF8.self) {
    case "path": path = value.isEmpty ? nil : Array(value)
    case "linkpath": linkPath = value.isEmpty ? nil : Array(value)
    case "size":
      size = try Self.number(value) { Self.integer($0) }
    case "mtime":
      modified = try Self.number(value) { Self.seconds($0) }
    case "SCHILY.xattr.security.capability": capability = value.isEmpty ? nil : Array(value)
    case let key where key.hasPrefix("GNU.sparse."): isSparse = true
    default: break
    }
  }

  /// Whether there is nothing here that could differ from file to file and matter.
  var concernsTimesOnly: Bool {
    path == nil && linkPath == nil && size == nil && capability == nil && !isSparse
  }

  /// Nothing if there is none.
  func portableCapability() throws(ArchiveFault) -> [UInt8] {
    guard let capability else { return [] }
    guard FileCapability.isValid(capability) else { throw .capability }
    return FileCapability.portable(capability)
  }

  private static func number(
    _ value: ArraySlice<UInt8>, _ read: (ArraySlice<UInt8>) -> Int64?
  ) throws(ArchiveFault) -> Int64? {
    if value.isEmpty { return nil }
    guard let number = read(value) else { throw .number }
    return number
  }

  /// Digits and nothing else.
  private static func integer(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, secondOverflow) = tenfold.addingReportingOverflow(Int64(digit - 0x30))
      guard !overflow, !secondOverflow else { return nil }
      value = next
    }
    return value
  }

  /// `[-]DIGITS[.DIGITS]`.
  private static func seconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let isNegative = text.first == UInt8(ascii: "-")
    let unsigned = isNegative ? text.dropFirst() : text
    let whole = unsigned.prefix { $0 != UInt8(ascii: ".") }
    let fraction = unsigned.dropFirst(whole.count).dropFirst()
    guard let seconds = integer(whole), fraction.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard isNegative else { return seconds }
    let isWhole = fraction.allSatisfy { $0 == 0x30 }
    return isWhole ? -seconds : -seconds - 1
  }
}
