/// Headers that speak of other headers, by their type.
enum ExtendedHeader: UInt8 {
  /// `L` and `K`, GNU's: the contents are a name, or a link's target, and a NUL.
  case longName = 0x4C
  case longLinkName = 0x4B
  /// `x`, and `X` from Solaris: records for the next member.
  case records = 0x78
  case solarisRecords = 0x58
  /// `g`: records for all members from here on.
  case globalRecords = 0x67
}

/// What the extended headers before a member say about it.
struct MemberPrefix {
  var longName: [UInt8]?
  var longLinkName: [UInt8]?
  var records = PaxRecords()

  func name(of fields: TarFields) -> [UInt8] { records.path ?? longName ?? fields.name }
  func linkName(of fields: TarFields) -> [UInt8] { records.linkPath ?? longLinkName ?? fields.linkName }
}
