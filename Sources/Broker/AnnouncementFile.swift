internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The file `broker.json` beside the socket, mode 0600: there with its whole content or not at all, and gone with this
/// value if it is still the one that this value made. What a broker that was killed left is replaced.
struct AnnouncementFile: ~Copyable {
  private let path: String
  private let identity: (device: UInt64, inode: UInt64)

  init(_ announcement: BrokerAnnouncement) throws(SystemError) {
    let path = "\(BrokerSocket.parent(of: announcement.socket))/\(BrokerAnnouncement.fileName)"
    let temporary = "\(path).\(announcement.pid)"
    unlink(temporary)
    let identity: (device: UInt64, inode: UInt64)
    do throws(SystemError) {
      identity = try Self.write(JSONWriter.bytes(of: announcement.json) + [0x0A], to: temporary)
      guard rename(temporary, path) == 0 else { throw SystemError(call: "rename \(path)", code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    self.path = path
    self.identity = identity
  }

  deinit {
    var info = stat()
    if lstat(path, &info) == 0, UInt64(info.st_dev) == identity.device, UInt64(info.st_ino) == identity.inode {
      unlink(path)
    }
  }

  private static func write(
    _ bytes: [UInt8], to path: String
  ) throws(SystemError) -> (device: UInt64, inode: UInt64) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemError(call: "open \(path)", code: errno) }
    defer { close(file) }
    let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    // So few bytes are written in part only where the disk is full.
    guard written == bytes.count else { throw SystemError(call: "write \(path)", code: written < 0 ? errno : ENOSPC) }
    var info = stat()
    guard fstat(file, &info) == 0 else { throw SystemError(call: "fstat \(path)", code: errno) }
    return (UInt64(info.st_dev), UInt64(info.st_ino))
  }
}

extension Broker {
  /// Tells those who look beside the socket. Clients connect without it.
  func announce() {
    let announcement = BrokerAnnouncement(
      protocolVersions: ProductVersion.protocols, socket: settings.socketPath, framings: Framing.allCases,
      pid: Int(getpid()), instanceID: instanceID, version: ProductVersion.text, startedAtMs: startedAtMs)
    do throws(SystemError) { self.announcement = try AnnouncementFile(announcement) } catch {
      journal.write(.error, "cannot announce the socket", ["error": error.description])
    }
  }
}
