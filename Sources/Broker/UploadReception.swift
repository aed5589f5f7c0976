internal import BuildContext
internal import JSONRPC
internal import Synchronization

/// An archive that comes in pieces: what takes it in, and what it comes to. Used by one reader's thread at a time.
final class UploadReception: Sendable {
  private struct State: ~Copyable {
    /// Opened with the first piece, so that an upload which never gets one costs nothing.
    var archive: ArchiveReception?
    /// Of the bytes as they came.
    var hash: SHA256?
    var complete: (tree: ReceivedTree, digest: ContextDigest)?
    var received = 0
  }

  private let format: ArchiveFormat
  private let spools: SpoolDirectory
  private let limits: ContextLimits
  private let state = Mutex(State())

  init(format: ArchiveFormat, spools: SpoolDirectory, limits: ContextLimits) {
    self.format = format
    self.spools = spools
    self.limits = limits
  }

  /// Blocks.
  ///
  /// - Returns: bytes received so far.
  func append(_ piece: [UInt8]) throws(RPCError) -> Int {
    let result = state.withLock { state in
      Self.result { () throws(ContextError) in
        // A piece behind the end is empty, and nothing is to be opened for it.
        guard state.complete == nil else { return state.received }
        try open(&state)
        guard !piece.isEmpty else { return state.received }
        let bytes = piece.span.bytes
        try bytes.withUnsafeBytes { (bytes) throws(ContextError) in
          state.hash?.update(bytes)
          try state.archive?.append(bytes)
        }
        state.received += piece.count
        return state.received
      }
    }
    do throws(ContextError) { return try result.get() } catch { throw RPCError(error) }
  }

  /// The tree, and the digest of the bytes that it came in. Blocks; the second call gives the same.
  func finish() throws(RPCError) -> (tree: ReceivedTree, digest: ContextDigest) {
    let result = state.withLock { state in
      Self.result { () throws(ContextError) -> (tree: ReceivedTree, digest: ContextDigest) in
        if let complete = state.complete { return complete }
        try open(&state)
        guard let tree = try state.archive?.finish(), let digest = try state.hash?.finish() else {
          throw .digestUnavailable
        }
        state.archive = nil
        state.hash = nil
        state.complete = (tree, digest)
        return (tree, digest)
      }
    }
    do throws(ContextError) { return try result.get() } catch { throw RPCError(error) }
  }

  private func open(_ state: inout State) throws(ContextError) {
    guard state.archive == nil else { return }
    state.hash = try SHA256()
    let store: GrowingSpool
    do throws(ContentStoreError) { store = try GrowingSpool(in: spools) } catch { throw .store(error) }
    state.archive = try ArchiveReception(format: format, store: store, limits: limits)
  }

  private static func result<Value>(
    _ body: () throws(ContextError) -> Value
  ) -> Result<Value, ContextError> {
    do throws(ContextError) { return .success(try body()) } catch { return .failure(error) }
  }
}
