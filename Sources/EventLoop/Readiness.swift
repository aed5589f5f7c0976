internal import CLinux

/// What a descriptor is watched for, or was found to be; the bits of epoll_ctl(2).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: UInt32(CL_READABLE))
  package static let writable = Readiness(rawValue: UInt32(CL_WRITABLE))
  /// The peer will send no more, and may still read.
  package static let readEnd = Readiness(rawValue: UInt32(CL_READ_END))
  /// Both of these, as a connection is watched for.
  package static let input = Readiness(rawValue: UInt32(CL_READABLE) | UInt32(CL_READ_END))
  /// The peer is gone. Reported whether asked for or not.
  package static let hangUp = Readiness(rawValue: UInt32(CL_HANG_UP))
  /// Reported whether asked for or not.
  package static let failed = Readiness(rawValue: UInt32(CL_ERROR))
  /// Either of these: nobody will read any more.
  package static let gone = Readiness(rawValue: UInt32(CL_HANG_UP) | UInt32(CL_ERROR))

  /// Whether any of `others` is among these. A test of bits, where the members of `OptionSet` go through their protocol.
  package func meets(_ others: Readiness) -> Bool { rawValue & others.rawValue != 0 }
}
