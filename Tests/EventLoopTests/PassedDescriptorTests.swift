import CLinux
import EventLoop
import Glibc
import Testing

/// Descriptors over a pair of connected sockets.
private struct DescriptorPair: ~Copyable {
  let mine: UnixSocket
  let theirs: Int32

  init() throws {
    var pair: [Int32] = [-1, -1]
    // A program that another test starts meanwhile must not hold these open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &pair) == 0)
    mine = UnixSocket(owning: pair[0])
    theirs = pair[1]
  }

  deinit { close(theirs) }

  func send(_ text: String, _ descriptors: [Int32]) {
    let bytes = Array(text.utf8)
    #expect(cl_send_with_descriptors(theirs, bytes, bytes.count, descriptors, descriptors.count) == bytes.count)
  }

  func receive(_ capacity: Int = 4_096) -> (text: String, descriptors: ReceivedDescriptors) {
    var received = ReceivedDescriptors()
    var bytes = [UInt8](repeating: 0, count: capacity)
    let result = bytes.withUnsafeMutableBytes { mine.receive(into: $0, descriptors: &received) }
    guard case .bytes(let count) = result else { return ("", received) }
    return (String(decoding: bytes[..<count], as: UTF8.self), received)
  }
}

private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

private func pipe() throws -> (read: Int32, write: Int32) {
  var ends: [Int32] = [-1, -1]
  try #require(cl_pipe(&ends) == 0)
  return (ends[0], ends[1])
}

/// Runs alone: the numbers of closed descriptors are given away again at once.
@Suite(.serialized) struct PassedDescriptorTests {
  @Test func arrivesCloseOnExecAndIsClosedOnce() throws {
    let pair = try DescriptorPair()
    let (read, write) = try pipe()
    defer { close(write) }
    pair.send("x", [read])
    close(read)
    let received = pair.receive()
    #expect(received.text == "x")
    let passed = try #require(received.descriptors.descriptors.first)
    let number = passed.raw
    #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(passed.readableKind() == .success(.pipe))
    passed.close()
    #expect(passed.raw == -1 && !isOpen(number))
    let next = dup(write)
    #expect(next == number, "the number is free")
    passed.close()
    #expect(isOpen(next), "what has the number now is somebody else's")
    close(next)
  }

  @Test func isClosedWithItsLastReference() throws {
    let pair = try DescriptorPair()
    let (read, write) = try pipe()
    pair.send("x", [read])
    close(read)
    #expect(pair.receive().descriptors.descriptors.count == 1)
    signal(SIGPIPE, SIG_IGN)
    #expect(Glibc.write(write, "a", 1) == -1 && errno == EPIPE)
    close(write)
  }

  @Test func moreThanSixteenAreTruncatedAndNoneIsLeft() throws {
    let pair = try DescriptorPair()
    let (read, write) = try pipe()
    pair.send("x", Array(repeating: read, count: 16))
    var received = pair.receive().descriptors
    #expect(received.descriptors.count == 16 && !received.isTruncated)
    #expect(cl_send_with_descriptors(pair.theirs, "x", 1, Array(repeating: read, count: 17), 17) == -1)
    sendMany(17, of: read, to: pair.theirs)
    received = pair.receive().descriptors
    #expect(received.descriptors.count == 16 && received.isTruncated)
    received = ReceivedDescriptors()
    close(read)
    #expect(Glibc.write(write, "a", 1) == -1 && errno == EPIPE)
    close(write)
  }

  /// As a client would that does not know the limit: with a control message laid out by hand (cmsg(3)).
  private func sendMany(_ count: Int, of descriptor: Int32, to socket: Int32) {
    let length = MemoryLayout<cmsghdr>.size + count * MemoryLayout<Int32>.size
    var control = [UInt8](repeating: 0, count: (length + 7) / 8 * 8)
    var byte = UInt8(ascii: "x")
    let sent = control.withUnsafeMutableBytes { control in
      control.storeBytes(of: length, as: Int.self)
      control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
      control.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
      for index in 0..<count { control.storeBytes(of: descriptor, toByteOffset: 16 + 4 * index, as: Int32.self) }
      return withUnsafeMutablePointer(to: &byte) { byte in
        var data = iovec(iov_base: byte, iov_len: 1)
        return withUnsafeMutablePointer(to: &data) { data in
          var message = msghdr()
          message.msg_iov = data
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = control.count
          return sendmsg(socket, &message, 0)
        }
      }
    }
    #expect(sent == 1, "sendmsg: \(errno)")
  }

  @Test func aReadEndsBehindTheBytesThatDescriptorsCameWith() throws {
    let pair = try DescriptorPair()
    let (read, write) = try pipe()
    defer { for end in [read, write] { close(end) } }
    pair.send("before", [])
    pair.send("with", [read])
    pair.send("after", [])
    let first = pair.receive()
    #expect(first.text == "beforewith" && first.descriptors.descriptors.count == 1)
    let second = pair.receive()
    #expect(second.text == "after" && second.descriptors.descriptors.isEmpty)
  }

  @Test func whatCannotBeReadInOrderIsToldApart() throws {
    func kind(_ descriptor: Int32) -> Result<PassedDescriptor.Kind, PassedDescriptor.Unfitness> {
      PassedDescriptor(owning: descriptor).readableKind()
    }
    let file = open("/proc/self/exe", O_RDONLY)
    #expect(lseek(file, 5, SEEK_SET) == 5)
    #expect(kind(file) == .success(.regularFile(offset: 5)))
    #expect(kind(open("/proc/self/exe", pathOnly)) == .failure(.pathOnly))
    #expect(kind(open("/tmp", O_RDONLY)) == .failure(.directory))
    #expect(kind(open("/dev/zero", O_RDONLY)) == .failure(.device))
    let (read, write) = try pipe()
    #expect(kind(write) == .failure(.notReadable))
    #expect(kind(read) == .success(.pipe))
    #expect(kind(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)) == .success(.socket))
    #expect(kind(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)) == .failure(.otherType))
    #expect(kind(cl_epoll_create()) == .failure(.otherType))
    #expect(kind(-1) == .failure(.system(errno: EBADF)))
  }

  private var pathOnly: Int32 { Int32(CL_PATH_ONLY) }
}
