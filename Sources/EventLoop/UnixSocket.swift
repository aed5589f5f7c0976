internal import CLinux
internal import Glibc

/// Who is at the other end of a Unix socket: what SO_PEERCRED told when it connected, not what it became since.
package struct PeerIdentity: Sendable, Equatable {
  package let pid: UInt32
  package let uid: UInt32
  package let gid: UInt32

  package init(pid: UInt32, uid: UInt32, gid: UInt32) {
    self.pid = pid
    self.uid = uid
    self.gid = gid
  }
}

/// One descriptor of a Unix stream socket, closed with its owner; non-blocking and close-on-exec.
package struct UnixSocket: ~Copyable {
  /// Bytes that a path may have: `sun_path` without its terminating zero, unix(7).
  package static let pathLimit = Int(CL_UNIX_PATH_LIMIT)

  /// What a read found.
  package enum Received: Equatable {
    case bytes(Int)
    /// The peer will send no more.
    case end
    /// Nothing now.
    case wouldBlock
    case failed(errno: Int32)
  }

  package enum Sent: Equatable {
    case bytes(Int)
    case wouldBlock
    /// EPIPE and ECONNRESET: nobody will read any more. Others: the errno.
    case failed(errno: Int32)
  }

  /// Valid as long as this value; not to be closed by others.
  package let descriptor: Int32

  /// Takes ownership of `descriptor`.
  package init(owning descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// A listening socket whose file has `mode` (less the umask) from its first moment on.
  package static func listening(at path: String, mode: UInt32) throws(SystemError) -> UnixSocket {
    let descriptor = cl_unix_listen(path, path.utf8.count, mode, 4096)
    guard descriptor >= 0 else { throw SystemError(call: "bind \(path)", code: errno) }
    return UnixSocket(owning: descriptor)
  }

  package static func connected(to path: String) throws(SystemError) -> UnixSocket {
    let descriptor = cl_unix_connect(path, path.utf8.count)
    guard descriptor >= 0 else { throw SystemError(call: "connect \(path)", code: errno) }
    return UnixSocket(owning: descriptor)
  }

  /// - Throws: EAGAIN where none waits; EMFILE and others of accept(2).
  package borrowing func accept() throws(SystemError) -> UnixSocket {
    let accepted = cl_accept(descriptor)
    guard accepted >= 0 else { throw SystemError(call: "accept", code: errno) }
    return UnixSocket(owning: accepted)
  }

  package borrowing func peer() throws(SystemError) -> PeerIdentity {
    var pid: UInt32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    guard cl_peer_credentials(descriptor, &pid, &uid, &gid) == 0 else {
      throw SystemError(call: "getsockopt SO_PEERCRED", code: errno)
    }
    return PeerIdentity(pid: pid, uid: uid, gid: gid)
  }

  /// Takes the descriptors that came with the bytes, too; nothing else takes them.
  package borrowing func receive(
    into buffer: UnsafeMutableRawBufferPointer, descriptors: inout ReceivedDescriptors
  ) -> Received {
    let limit = ReceivedDescriptors.limit
    let (count, failure) = withUnsafeTemporaryAllocation(of: Int32.self, capacity: limit) { numbers in
      var found = 0
      var isTruncated: Int32 = 0
      let count = cl_receive_with_descriptors(
        descriptor, buffer.baseAddress, buffer.count, numbers.baseAddress, &found, &isTruncated)
      let failure = errno
      descriptors = ReceivedDescriptors(isTruncated: isTruncated != 0)
      if found > 0 { descriptors.descriptors = numbers[..<found].map { PassedDescriptor(owning: $0) } }
      return (count, failure)
    }
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    return failure == EAGAIN || failure == EINTR ? .wouldBlock : .failed(errno: failure)
  }

  package borrowing func send(_ bytes: ArraySlice<UInt8>) -> Sent {
    bytes.withUnsafeBytes { Self.sent(cl_send(descriptor, $0.baseAddress, $0.count)) }
  }

  /// As `send(_:)`, for three pieces that lie apart: one system call, no copy.
  package borrowing func send(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ third: UnsafeRawBufferPointer
  ) -> Sent {
    if second.isEmpty, third.isEmpty { return Self.sent(cl_send(descriptor, first.baseAddress, first.count)) }
    return Self.sent(
      cl_send_three(
        descriptor, first.baseAddress, first.count, second.baseAddress, second.count, third.baseAddress, third.count))
  }

  /// - Parameter count: what the system call returned.
  private static func sent(_ count: Int) -> Sent {
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno: errno)
  }

  /// Tells the peer that nothing more will be sent.
  package borrowing func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }
}
