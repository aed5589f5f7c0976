internal import BuildContext
internal import EventLoop
internal import Glibc
internal import Synchronization

/// Manifests of the contexts that were measured, one file for each digest, so that it can be told later what changed.
///
/// Whatever is asked is done on a thread of its own in the order in which it was asked, so that what was given before a
/// comparison is there for it. Where there is no room for all, those that were given longest ago go; a manifest that
/// cannot be kept is one that is not known, and no reason to fail.
final class ManifestDirectory: Sendable {
  private struct Kept {
    let digest: ContextDigest
    let bytes: Int64
  }

  private struct State {
    /// By the digest's text.
    var kept: [String: Kept] = [:]
    /// The digests, those that were given longest ago first.
    var order: [String] = []
    var bytes: Int64 = 0
    var isClosed = false
  }

  private let path: String
  private let limit: Int64
  private let journal: Journal
  private let state = Mutex(State())
  private let thread = WorkerThreads(limit: 1)

  /// - Parameter limit: bytes of all files.
  init(path: String, limit: Int64, journal: Journal) {
    self.path = path
    self.limit = limit
    self.journal = journal
  }

  /// Bytes of all files.
  var used: Int64 { state.withLock { $0.bytes } }

  func keep(_ snapshot: ContextSnapshot) {
    thread.run { [self] in
      let name = snapshot.digest.description
      let isKnown = state.withLock { state in
        guard state.kept[name] != nil || state.isClosed else { return false }
        if let place = state.order.firstIndex(of: name) { state.order.append(state.order.remove(at: place)) }
        return true
      }
      if !isKnown { write(snapshot) }
    }
  }

  /// - Parameter digest: text of the digest of a context that nobody asks for any more.
  func forget(_ digest: String) {
    thread.run { [self] in state.withLock { remove(digest, &$0) } }
  }

  /// Compares two contexts.
  ///
  /// - Parameters:
  ///   - before: text of the digest of the first context.
  ///   - interrupted: asked again and again, on the thread of this object.
  ///   - then: gets the answer there; nil where a manifest is not known, or the comparison was interrupted.
  func compare(
    _ before: String, _ after: String, interrupted: @escaping @Sendable () -> Bool,
    then: @escaping @Sendable (ManifestChanges?) -> Void
  ) {
    thread.run { [self] in
      do throws(ManifestError) { then(try changes(from: before, to: after, interrupted)) } catch {
        if error != .interrupted {
          journal.write(.error, "a manifest cannot be read", ["error": "\(error)"])
          // Which of them it is does not matter: there is nothing to compare any more.
          if error == .damaged { state.withLock { state in for name in [before, after] { remove(name, &state) } } }
        }
        then(nil)
      }
    }
  }

  /// Removes all files; nothing is kept from now on.
  func close() {
    state.withLock { state in
      state.isClosed = true
      for name in state.order { remove(name, &state) }
    }
  }

  // MARK: Files

  private func file(_ digest: ContextDigest) -> String { "\(path)/\(digest.hex).zst" }

  private func write(_ snapshot: ContextSnapshot) {
    let file = file(snapshot.digest)
    do throws(ManifestError) {
      let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw .system(errno: errno) }
      defer { Glibc.close(descriptor) }
      let bytes = try ManifestFile.write(snapshot, to: descriptor, limit: limit)
      state.withLock { added(Kept(digest: snapshot.digest, bytes: bytes), &$0) }
    } catch {
      unlink(file)
      journal.write(.info, "a manifest is not kept", ["context": snapshot.digest.description, "error": "\(error)"])
    }
  }

  private func added(_ kept: Kept, _ state: inout State) {
    let name = kept.digest.description
    state.kept[name] = kept
    state.order.append(name)
    state.bytes += kept.bytes
    while state.bytes > limit || state.isClosed, let oldest = state.order.first { remove(oldest, &state) }
  }

  private func remove(_ name: String, _ state: inout State) {
    guard let kept = state.kept.removeValue(forKey: name) else { return }
    state.order.removeAll { $0 == name }
    state.bytes -= kept.bytes
    unlink(file(kept.digest))
  }

  /// nil where one of them is not known.
  private func changes(
    from before: String, to after: String, _ interrupted: () -> Bool
  ) throws(ManifestError) -> ManifestChanges? {
    guard let old = state.withLock({ $0.kept[before]?.digest }), let new = state.withLock({ $0.kept[after]?.digest })
    else { return nil }
    let first = try open(old)
    defer { Glibc.close(first) }
    let second = try open(new)
    defer { Glibc.close(second) }
    return try ManifestFile.changes(from: (first, old), to: (second, new), interrupted: interrupted)
  }

  private func open(_ digest: ContextDigest) throws(ManifestError) -> Int32 {
    let descriptor = open(file(digest), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(errno: errno) }
    return descriptor
  }

  private func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { Glibc.open(path, flags, mode) }
}
