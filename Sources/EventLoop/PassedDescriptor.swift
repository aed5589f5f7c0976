internal import CLinux
internal import Glibc
internal import Synchronization

/// A descriptor that another process sent (SCM_RIGHTS, unix(7)). Closed once: by `close`, or else with the last reference.
///
/// What it stands for is shared with the sender, its offset and status flags included, so these are never changed.
package final class PassedDescriptor: Sendable {
  /// Why a descriptor cannot be read as a file or stream.
  package enum Unfitness: Equatable, Sendable {
    /// Opened with O_PATH: it proves no right to read.
    case pathOnly
    case notReadable
    case directory
    case device
    /// A socket without a stream of bytes, or something that is neither file, pipe nor socket.
    case otherType
    /// fcntl(2), statx(2) or lseek(2) failed.
    case system(errno: Int32)
  }

  package enum Kind: Equatable, Sendable {
    /// With the sender's offset at the time of the question.
    case regularFile(offset: Int64)
    case pipe
    case socket
  }

  private let number: Atomic<Int32>

  /// Takes ownership of `descriptor`.
  package init(owning descriptor: Int32) { number = Atomic(descriptor) }

  deinit { close() }

  /// The second call does nothing. Not while another thread uses `raw`.
  package func close() {
    let descriptor = number.exchange(-1, ordering: .acquiringAndReleasing)
    if descriptor >= 0 { Glibc.close(descriptor) }
  }

  /// Valid until `close`; -1 then.
  package var raw: Int32 { number.load(ordering: .acquiring) }

  /// What it stands for, if its bytes can be read in order and the sender could read them.
  package func readableKind() -> Result<Kind, Unfitness> {
    let flags = fcntl(raw, F_GETFL)
    guard flags >= 0 else { return .failure(.system(errno: errno)) }
    guard flags & Int32(CL_PATH_ONLY) == 0 else { return .failure(.pathOnly) }
    guard [O_RDONLY, O_RDWR].contains(flags & O_ACCMODE) else { return .failure(.notReadable) }
    let type = cl_file_type(raw)
    guard type >= 0 else { return .failure(.system(errno: errno)) }
    switch mode_t(type) {
    case S_IFREG:
      let offset = lseek(raw, 0, SEEK_CUR)
      return offset >= 0 ? .success(.regularFile(offset: Int64(offset))) : .failure(.system(errno: errno))
    case S_IFIFO: return .success(.pipe)
    case S_IFSOCK: return cl_is_stream_socket(raw) == 1 ? .success(.socket) : .failure(.otherType)
    case S_IFDIR: return .failure(.directory)
    case S_IFCHR, S_IFBLK: return .failure(.device)
    default: return .failure(.otherType)
    }
  }
}

extension PassedDescriptor.Unfitness: Error {}

/// What came with the bytes of one read.
package struct ReceivedDescriptors: Sendable {
  /// Of one message; more are closed by the system.
  package static let limit = Int(CL_DESCRIPTOR_LIMIT)

  package var descriptors: [PassedDescriptor]
  /// Whether there were more than `limit`, or than this process has room for.
  package var isTruncated: Bool

  /// Whether the bytes came alone.
  package var isEmpty: Bool { descriptors.isEmpty && !isTruncated }

  package init(descriptors: [PassedDescriptor] = [], isTruncated: Bool = false) {
    self.descriptors = descriptors
    self.isTruncated = isTruncated
  }
}
