/// What a member says of the file that it makes, but for what kind of file that is.
struct MemberMetadata: Equatable {
  var mode: UInt16
  /// Seconds since 1970.
  var modified: Int64
  /// The value of `security.capability`, or nothing.
  var capability: [UInt8]
}
