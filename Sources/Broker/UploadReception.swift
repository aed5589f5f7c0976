internal import BuildContext
internal import JSONRPC
internal import Synchronization

/// An archive that comes in pieces: what takes it in, and what it comes to. Used by one reader's thread at a time.
final class UploadReception: Sendable {
  struct Complete {
    let tree: ReceivedTree
    /// Of the bytes that the tree came in.
    let digest: ContextDigest
    /// Bytes on disk.
    let stored: Int64
  }

  private struct State: ~Copyable {
    /// Opened with the first piece, so that an upload which never gets one costs nothing.
    var archive: ArchiveReception?
    var store: GrowingSpool?
    /// Of the bytes as they came.
    var hash: SHA256?
    var complete: Complete?
    var received = 0
  }

  private let format: ArchiveFormat
  private let spools: SpoolDirectory
  private let limits: ContextLimits
  private let state = Mutex(State())
  private let aborted = Atomic(false)

  init(format: ArchiveFormat, spools: SpoolDirectory, limits: ContextLimits) {
    self.format = format
    self.spools = spools
    self.limits = limits
  }

  /// Ends what is under way on another thread, soon, and all that would follow. Does not block.
  func abort() { aborted.store(true, ordering: .relaxed) }

  var isAborted: Bool { aborted.load(ordering: .relaxed) }

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
          try state.archive?.append(bytes) { isAborted }
        }
        state.received += piece.count
        return state.received
      }
    }
    do throws(ContextError) { return try result.get() } catch { throw RPCError(error) }
  }

  /// Blocks; the second call gives the same.
  func finish() throws(RPCError) -> Complete {
    let result = state.withLock { state in
      Self.result { () throws(ContextError) -> Complete in
        if let complete = state.complete { return complete }
        try open(&state)
        guard let tree = try state.archive?.finish(), let digest = try state.hash?.finish(), let store = state.store
        else { throw .digestUnavailable }
        state.archive = nil
        state.store = nil
        state.hash = nil
        let complete = Complete(tree: tree, digest: digest, stored: store.bytes)
        state.complete = complete
        return complete
      }
    }
    do throws(ContextError) { return try result.get() } catch { throw RPCError(error) }
  }

  private func open(_ state: inout State) throws(ContextError) {
    guard state.archive == nil else { return }
    if isAborted { throw .interrupted }
    state.hash = try SHA256()
    let store: GrowingSpool
    do throws(ContentStoreError) { store = try GrowingSpool(in: spools) } catch { throw .store(error) }
    state.archive = try ArchiveReception(format: format, store: store, limits: limits)
    state.store = store
  }

  private static func result<Value>(
    _ body: () throws(ContextError) -> Value
  ) -> Result<Value, ContextError> {
    do throws(ContextError) { return .success(try body()) } catch { return .failure(error) }
  }
}
