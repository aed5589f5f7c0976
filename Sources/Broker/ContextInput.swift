internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// A context as it was asked for, with what the message brought for it: found to be usable, and nothing of it read yet.
enum ContextInput: Sendable {
  case path(String)
  case inline
  case descriptor(PassedDescriptor, PassedDescriptor.Kind, BuildContext.ArchiveFormat)
  case tree(ReceivedTree)

  /// Whether its files are the broker's own from the moment they have arrived, so that they never change.
  var isReceived: Bool {
    switch self {
    case .path, .inline: false
    case .descriptor, .tree: true
    }
  }
}

extension Broker {
  /// - Throws: what can be said about a context without reading it: 1302, 1307, 1309.
  func input(_ location: ContextLocation, of call: Call) throws(RPCError) -> ContextInput {
    switch location {
    case .path(let path):
      if let refusal = pathRefusal(for: call.session) { throw refusal }
      return .path(path)
    case .inline: return .inline
    case .descriptor(let index, let format):
      let (descriptor, kind) = try call.descriptors.take(index)
      return .descriptor(descriptor, kind, BuildContext.ArchiveFormat(format))
    case .upload(let id): return .tree(try completeUpload(id, of: call.session.peer.uid))
    }
  }

  nonisolated var contextReader: ContextReader {
    ContextReader(
      spools: spools, limits: ContextLimits(entries: settings.limits.archiveEntries, names: 256 << 20),
      silence: settings.silenceLimit, transfer: settings.transferLimit, index: fileDigests,
      room: contentRoom)
  }
}

/// Turns what a caller named into a context that was measured: the one way for everything that takes a `context`. Used
/// on a reader's thread.
struct ContextReader: Sendable {
  let spools: SpoolDirectory
  /// Of archives.
  let limits: ContextLimits
  /// Longest time without a byte of an archive.
  let silence: Duration
  /// Longest time for all of an archive.
  let transfer: Duration
  /// Of files in trees; nil to read them all.
  let index: FileDigestIndex?
  /// For contents of files in trees that are to be sent.
  let room: ContentRoom

  /// Blocks: walks and hashes a tree, or takes an archive in.
  ///
  /// - Parameters:
  ///   - dockerfile: as in the params; of no meaning beside `text`.
  ///   - text: the Dockerfile itself.
  ///   - isToBeSent: whether its archive will be asked for, most likely.
  func snapshot(
    of input: ContextInput, dockerfile: String, text: String?, walker: ContextWalker, isToBeSent: Bool,
    interrupt: Interrupt
  ) throws(RPCError) -> ContextSnapshot {
    let source = try source(input, dockerfile, text.map { Array($0.utf8) }, walker, interrupt)
    do throws(ContextError) {
      return try measure(source, isToBeSent, interrupt)
    } catch {
      guard case .path(let root) = input else { throw RPCError(error) }
      throw RPCError(error, root: root)
    }
  }

  /// A tree that changes under the walk is walked once more.
  private func measure(
    _ source: ContextSource, _ isToBeSent: Bool, _ interrupt: Interrupt
  ) throws(ContextError) -> ContextSnapshot {
    do throws(ContextError) {
      return try measureOnce(source, isToBeSent, interrupt)
    } catch .changed {
      return try measureOnce(source, isToBeSent, interrupt)
    }
  }

  private func measureOnce(
    _ source: ContextSource, _ isToBeSent: Bool, _ interrupt: Interrupt
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: source, limits: .unlimited, index: index, room: isToBeSent ? room : nil,
      interrupted: { interrupt.isFired })
  }

  /// Takes an archive in.
  func source(
    _ input: ContextInput, _ dockerfile: String, _ text: [UInt8]?, _ walker: ContextWalker, _ interrupt: Interrupt
  ) throws(RPCError) -> ContextSource {
    // The default name has a fallback, `dockerfile`, which a name that was given has not.
    let name = dockerfile == "Dockerfile" ? nil : dockerfile
    let tree: ReceivedTree
    switch (input, text) {
    case (.inline, let text): return ContextSource(dockerfileText: text ?? [], walker: walker)
    case (.path(let root), let text?): return ContextSource(root: root, dockerfileText: text, walker: walker)
    case (.path(let root), nil): return ContextSource(root: root, dockerfile: name, walker: walker)
    case (.tree(let received), _): tree = received
    case (.descriptor(let descriptor, let kind, let format), _):
      tree = try receive(descriptor, kind, format, interrupt)
    }
    guard let text else { return ContextSource(archive: tree, dockerfile: name, walker: walker) }
    return ContextSource(archive: tree, dockerfileText: text, walker: walker)
  }

  /// Reads the archive to its end, and closes the descriptor.
  private func receive(
    _ descriptor: PassedDescriptor, _ kind: PassedDescriptor.Kind, _ format: BuildContext.ArchiveFormat,
    _ interrupt: Interrupt
  ) throws(RPCError) -> ReceivedTree {
    defer { descriptor.close() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: DescriptorReader.pieceSize, alignment: 16)
    defer { buffer.deallocate() }
    do {
      var archive = try ArchiveReception(format: format, store: try GrowingSpool(in: spools), limits: limits)
      var reader = try DescriptorReader(
        descriptor, kind, silence: silence, transfer: transfer, wake: interrupt.descriptor)
      while true {
        let count = try reader.read(into: buffer)
        guard count > 0 else { return try archive.finish() }
        try archive.append(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { interrupt.isFired }
      }
    } catch let error as ContextError {
      throw RPCError(error)
    } catch let error as ContentStoreError {
      throw RPCError(ContextError.store(error))
    } catch let error as DescriptorReader.Failure {
      throw RPCError(error)
    } catch {
      throw RPCError(.internalError, "The context cannot be received: \(error).")
    }
  }
}

extension BuildContext.ArchiveFormat {
  init(_ format: SwiftDockProtocol.ArchiveFormat) {
    switch format {
    case .tar: self = .tar
    case .tarGzip: self = .tarGzip
    case .tarZstd: self = .tarZstd
    }
  }
}

extension RPCError {
  init(_ failure: DescriptorReader.Failure) {
    switch failure {
    case .interrupted: self.init(ContextError.interrupted)
    case .silent(let limit):
      self.init(
        .contextUnreadable, "No byte of the context has come for \(Int(limit / .seconds(1))) s.",
        hint: "Close the writing end when the archive is complete.", detail: ["errno": "ETIMEDOUT"])
    case .tooSlow(let limit):
      self.init(
        .contextUnreadable, "The context has not come to its end within \(Int(limit / .seconds(1))) s.",
        hint: "Send less, or send it faster: to a file first, for instance.", detail: ["errno": "ETIMEDOUT"])
    case .system(let code):
      self.init(
        .contextUnreadable, "The context cannot be read from the descriptor: \(Errno.text(code)).",
        detail: ["errno": .string(Errno.name(code))])
    }
  }
}
