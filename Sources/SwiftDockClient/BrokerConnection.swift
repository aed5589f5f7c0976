internal import CLinux
internal import Glibc
package import JSON
package import JSONRPC
package import SwiftDockProtocol

/// A connection to a broker for a program that waits: calls block, and notifications are taken in the order in which
/// they were sent. Speaks line framing. Owns its descriptor.
package struct BrokerConnection: ~Copyable {
  package enum Event: Sendable, Equatable {
    case message(ServerMessage)
    /// The descriptor given to `next(orWakenBy:)` became readable.
    case woken
    /// The broker closed the connection.
    case ended
  }

  /// The broker's answers end at 4 MiB, and the text of one `logs.event` below.
  private static let answerLimit = 16 << 20
  private static let readSize = 64 << 10
  /// For as long the broker may be too busy to accept a connection.
  private static let connectAttempts = 250
  private static let attemptPauseMs: Int32 = 20

  /// Who is at the other end.
  package struct Broker: Sendable, Equatable {
    /// Of the socket.
    package let path: String
    /// 0 where it is in a PID namespace that cannot be seen from here.
    package let pid: UInt32

    package init(path: String, pid: UInt32) {
      self.path = path
      self.pid = pid
    }
  }

  package let broker: Broker
  private let socket: Int32
  private var decoder = FrameDecoder(messageLimit: answerLimit)
  /// Answers that arrived while another one was waited for.
  private var deferred: [ServerMessage] = []
  private var lastID: Int64 = 0
  private var hasEnded = false
  private var chunk = [UInt8](repeating: 0, count: readSize)

  /// - Parameter socket: connected and non-blocking; closed with the connection.
  package init(adopting socket: Int32, broker: Broker = Broker(path: "", pid: 0)) {
    self.socket = socket
    self.broker = broker
  }

  deinit { close(socket) }
}

extension BrokerConnection {
  /// Connects to the first of the sockets that is there.
  package static func connect(_ search: SocketSearch) throws(ClientError) -> BrokerConnection {
    for path in search.paths {
      if let connection = try connect(to: path) { return connection }
    }
    throw .notRunning(searched: search.paths)
  }

  /// nil where there is no socket.
  private static func connect(to path: String) throws(ClientError) -> BrokerConnection? {
    let length = path.utf8.count
    guard length <= CL_UNIX_PATH_LIMIT else {
      throw .pathTooLong(path: path, bytes: length, limit: CL_UNIX_PATH_LIMIT)
    }
    for _ in 0..<connectAttempts {
      let socket = cl_unix_connect(path, length)
      guard socket < 0 else {
        var (pid, uid, gid): (UInt32, UInt32, UInt32) = (0, 0, 0)
        let status = cl_peer_credentials(socket, &pid, &uid, &gid)
        let code = errno
        let connection = BrokerConnection(adopting: socket, broker: Broker(path: path, pid: pid))
        guard status == 0 else { throw .connectFailed(path: path, errno: code) }
        guard PeerTrust.isTrusted(peer: uid, path: path) else { throw .peerNotTrusted(path: path, uid: uid) }
        return connection
      }
      switch errno {
      case ENOENT, ENOTDIR: return nil
      case ECONNREFUSED: throw .nobodyListens(path: path)
      case EACCES: throw .notAllowed(path: path, group: PeerTrust.groupNeeded(for: path))
      case EAGAIN: _ = poll(nil, 0, attemptPauseMs)
      case let code: throw .connectFailed(path: path, errno: code)
      }
    }
    throw .connectFailed(path: path, errno: EAGAIN)
  }
}

extension BrokerConnection {
  /// Sends a request, whose answer `next` will bring.
  ///
  /// - Parameter descriptors: those that the params name by their index here, at most 16. The broker gets copies, so
  ///   that these may be closed afterwards.
  package mutating func send(
    _ method: String, params: JSONObject, descriptors: [Int32] = []
  ) throws(ClientError) -> RPCID {
    lastID += 1
    let id = RPCID(lastID)
    try write(RPCEncoder.request(method, params: params, id: id), descriptors)
    return id
  }

  package mutating func send<Method: ProtocolMethod>(
    _: Method.Type, _ params: Method.Params, descriptors: [Int32] = []
  ) throws(ClientError) -> RPCID {
    try send(Method.name, params: params.members, descriptors: descriptors)
  }

  package mutating func notify(_ method: String, params: JSONObject) throws(ClientError) {
    try write(RPCEncoder.notification(method, params: params))
  }

  /// Ends a request of this connection that is still waited for. Its answer is an error of `requestCancelled`, unless
  /// it crossed.
  package mutating func cancelRequest(_ id: RPCID) throws(ClientError) {
    try notify(CancelRequest.name, params: CancelRequest(id: id).members)
  }

  /// Sends a request and waits for its answer. Answers to other requests are kept for `next`.
  ///
  /// - Parameter onNotification: is given, in order, the method and params of each that comes before.
  package mutating func call(
    _ method: String, params: JSONObject, onNotification: (String, JSONObject) -> Void = { _, _ in }
  ) throws(ClientError) -> JSONValue {
    let id = try send(method, params: params)
    return try answer(to: id, onNotification: onNotification)
  }

  /// Waits for the answer to a request that was sent.
  ///
  /// - Parameter onNotification: as in `call`.
  package mutating func answer(
    to id: RPCID, onNotification: (String, JSONObject) -> Void = { _, _ in }
  ) throws(ClientError) -> JSONValue {
    while true {
      switch try receive(orWakenBy: nil) {
      case .message(.result(let result, id: id)): return result
      case .message(.error(let error, id: id)), .message(.error(let error, id: nil)): throw .refused(error)
      case .message(.notification(let method, let params)): onNotification(method, params)
      case .message(let answer): deferred.append(answer)
      case .ended: throw .connectionLost
      case .woken: break
      }
    }
  }

  package mutating func call<Method: ProtocolMethod>(
    _: Method.Type, _ params: Method.Params
  ) throws(ClientError) -> Method.Result {
    try Self.result(of: Method.self, try call(Method.name, params: params.members))
  }

  /// Reads the result of a request that was sent with `send`.
  package static func result<Method: ProtocolMethod>(
    of _: Method.Type, _ json: JSONValue
  ) throws(ClientError) -> Method.Result {
    do throws(ShapeError) {
      return try Method.result(json)
    } catch {
      throw .answerInvalid("\(Method.name): \(error.path) is no \(error.expected)")
    }
  }

  /// Waits for the next message.
  ///
  /// - Parameter wake: a descriptor that ends the waiting while it is readable, before messages that are there.
  package mutating func next(orWakenBy wake: Int32? = nil) throws(ClientError) -> Event {
    if let wake, try Self.isReadable(wake) { return .woken }
    guard deferred.isEmpty else { return .message(deferred.removeFirst()) }
    return try receive(orWakenBy: wake)
  }
}

extension BrokerConnection {
  private mutating func receive(orWakenBy wake: Int32?) throws(ClientError) -> Event {
    while true {
      if let message = try decoded() { return .message(message) }
      if hasEnded { return .ended }
      var descriptors = [pollfd(fd: socket, events: Int16(POLLIN), revents: 0)]
      if let wake { descriptors.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0)) }
      try Self.wait(&descriptors)
      if descriptors.count > 1, descriptors[1].revents != 0 { return .woken }
      try read()
    }
  }

  private mutating func decoded() throws(ClientError) -> ServerMessage? {
    switch decoder.next() {
    case nil: return nil
    case .failure(let failure)?: throw .answerInvalid(RPCError(failure).message)
    case .message(let bytes)?:
      let message: ServerMessage?
      do throws(JSONError) {
        message = try ServerMessage(bytes)
      } catch {
        throw .answerInvalid("no JSON at byte \(error.offset) of a message")
      }
      guard let message else { throw .answerInvalid("a message that is neither an answer nor a notification") }
      return message
    }
  }

  /// Takes what has arrived.
  private mutating func read() throws(ClientError) {
    let count = chunk.withUnsafeMutableBytes { cl_receive(socket, $0.baseAddress, $0.count) }
    switch count {
    case 0:
      hasEnded = true
      if decoder.finish() != nil { throw .connectionLost }
    case 1...:
      decoder.append(chunk[..<count])
    default:
      guard [EAGAIN, EINTR].contains(errno) else {
        throw errno == ECONNRESET ? .connectionLost : .transferFailed(errno: errno)
      }
    }
  }

  /// Sends a message; reads meanwhile, since a broker may stop reading while its own answers are not taken.
  ///
  /// Descriptors go with the first bytes that the system takes, which are of this message and of no other: the broker
  /// finds them behind bytes of it, however many more sends the rest needs.
  private mutating func write(_ message: [UInt8], _ descriptors: [Int32] = []) throws(ClientError) {
    var frame: [UInt8] = []
    Framing.line.encode(message, into: &frame)
    var rest = frame[...]
    var descriptors = descriptors
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        cl_send_with_descriptors(socket, $0.baseAddress, $0.count, descriptors, descriptors.count)
      }
      if count >= 0 {
        if count > 0 { descriptors = [] }
        rest = rest.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: break
      // What the broker said before it closed is still to be read; if nothing, `next` says so.
      case EPIPE, ECONNRESET: return
      case let code: throw .transferFailed(errno: code)
      }
      let events = Int16(POLLOUT) | (hasEnded ? 0 : Int16(POLLIN))
      var descriptors = [pollfd(fd: socket, events: events, revents: 0)]
      try Self.wait(&descriptors)
      if descriptors[0].revents & Int16(POLLIN) != 0 { try read() }
    }
  }

  private static func wait(_ descriptors: inout [pollfd], milliseconds: Int32 = -1) throws(ClientError) {
    while poll(&descriptors, nfds_t(descriptors.count), milliseconds) < 0 {
      guard errno == EINTR else { throw .transferFailed(errno: errno) }
    }
  }

  private static func isReadable(_ descriptor: Int32) throws(ClientError) -> Bool {
    var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    try wait(&descriptors, milliseconds: 0)
    return descriptors[0].revents != 0
  }
}
