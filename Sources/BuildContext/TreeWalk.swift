internal import Glibc

/// Goes through a directory tree in the order of paths compared component by component, each directory before what it
/// holds, and leaves out what the rules exclude, and sockets, which archives cannot hold.
///
/// Holds a few directories open, whatever the depth: a directory further up that is returned to is opened again and has
/// to be the same.
struct TreeWalk: ~Copyable {
  private struct Frame {
    let listing: DirectoryListing
    let status: FileStatus
    let hits: IgnoreRules.Hits
    /// Of the path that this directory's is a prefix of; 0 for the root.
    let pathLength: Int
    let nameStart: Int
    /// Nothing once enough directories below it are open.
    var directory: OpenDirectory?
    var next = 0
    /// What the visitor made of it; nothing while it is not known whether anything in it is sent.
    var offset: EntryTable.Offset?
  }

  private final class OpenDirectory {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
      self.descriptor = descriptor
    }

    var raw: Int32 { descriptor.raw }
  }

  /// Directories that are held open.
  private static let openLimit = 8

  private let plan: WalkPlan
  private var frames: [Frame]
  /// That of the last frame, which is asked for every name.
  private var listing: DirectoryListing
  private var path: [UInt8] = []
  private var hits: IgnoreRules.Hits = []
  private var directory: OpenDirectory

  private(set) var skippedSockets = 0
  /// Those that were listed so far; nil where that was not asked for.
  private(set) var directories: WalkedDirectories?

  /// - Parameter directories: none yet, to be noted; nil where they will not be asked for.
  init(
    _ root: borrowing RootDirectory, plan: WalkPlan, noting directories: WalkedDirectories? = nil
  ) throws(ContextError) {
    self.plan = plan
    let opened = OpenDirectory(try root.openDirectory([]))
    self.directories = directories
    self.directories?.append([], root.status, descriptor: opened.raw)
    listing = try DirectoryListing(of: opened.raw, path: [], limit: plan.nameLimit)
    directory = opened
    frames = [
      Frame(
        listing: listing, status: root.status, hits: [], pathLength: 0, nameStart: 0, directory: opened, offset: .root)
    ]
  }

  mutating func run<Visitor: TreeVisitor & ~Copyable>(
    _ root: borrowing RootDirectory, visitor: inout Visitor, interrupted: () -> Bool
  ) throws(ContextError) {
    while !frames.isEmpty {
      if interrupted() { throw .interrupted }
      let top = frames.count - 1
      let next = frames[top].next
      guard next < listing.count else {
        try leave(root)
        continue
      }
      frames[top].next = next + 1
      path.removeSubrange(frames[top].pathLength...)
      if !path.isEmpty { path.append(LexicalPath.slash) }
      let nameStart = path.count
      listing.appendName(at: next, to: &path)
      do throws(ContextError) {
        try visit(
          nameStart: nameStart, type: listing.type(at: next), visitor: &visitor, interrupted: interrupted)
      } catch {
        guard visitor.passesOver(path, after: error) else { throw error }
      }
    }
  }

  /// Visits what `path` leads to.
  private mutating func visit<Visitor: TreeVisitor & ~Copyable>(
    nameStart: Int, type recordedType: FileType?, visitor: inout Visitor, interrupted: () -> Bool
  ) throws(ContextError) {
    guard path.count <= ContextLimits.path else {
      throw .unreadable(path: ContextPath.text(path), errno: ENAMETOOLONG)
    }
    let isExcluded = try excludesPath()
    let type = if let recordedType { recordedType } else { try self.type(of: path[nameStart...]) }
    switch type {
    case .directory:
      if isExcluded, !plan.rules.mayHoldSentPaths(below: path, for: plan.walker) { return }
      try enter(nameStart: nameStart, isExcluded: isExcluded, visitor: &visitor)
    case .socket:
      if !isExcluded { skippedSockets += 1 }
    default:
      if isExcluded { return }
      if type != .regular, type != .symbolicLink { directories?.forget() }
      try announceDirectories(to: &visitor)
      let parent = frames.last?.offset ?? .root
      let directory = directory.raw
      try withPlace(path.count, nameStart: nameStart, parent: parent) { (place) throws(ContextError) in
        try visitor.visitLeaf(place, type: type, directory: directory, interrupted: interrupted)
      }
    }
  }

  /// - Parameter length: of the place's path, which `path` begins with.
  private mutating func withPlace<Result>(
    _ length: Int, nameStart: Int, parent: EntryTable.Offset,
    _ body: (TreePlace) throws(ContextError) -> Result
  ) throws(ContextError) -> Result {
    if length == path.count { path.append(0) }
    defer { if path.last == 0 { path.removeLast() } }
    return try path.withUnsafeBufferPointer { (path) throws(ContextError) in
      try body(
        TreePlace(path: UnsafeBufferPointer(rebasing: path[..<length]), nameStart: nameStart, parent: parent))
    }
  }

  private mutating func excludesPath() throws(ContextError) -> Bool {
    if plan.rules.isEmpty { return false }
    do throws(IgnoreFileError) {
      return try plan.rules.excludes(path, parent: frames.last?.hits ?? [], hits: &hits)
    } catch {
      throw ContextError(error, path: plan.ignoreFile ?? "")
    }
  }

  private func type(of name: ArraySlice<UInt8>) throws(ContextError) -> FileType {
    do throws(SystemError) {
      guard let type = try FileStatus(of: name, in: directory.raw).type else { throw SystemError(errno: EINVAL) }
      return type
    } catch {
      throw error.at(path)
    }
  }

  private mutating func enter<Visitor: TreeVisitor & ~Copyable>(
    nameStart: Int, isExcluded: Bool, visitor: inout Visitor
  ) throws(ContextError) {
    let raw = ContextPath.withTerminated(path[nameStart...]) { [parent = directory.raw] name in
      openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    }
    guard raw >= 0 else {
      let error = SystemError.current
      // BuildKit's client passes over what it may not read as long as nothing says that it is sent.
      if isExcluded, plan.walker == .buildKit, error.errno == EACCES {
        directories?.forget()
        return
      }
      throw error.at(path)
    }
    let opened = OpenDirectory(OwnedDescriptor(owning: raw))
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: raw) } catch { throw error.at(path) }
    if status.identity.device != frames.last?.status.identity.device {
      try RootDirectory.refuseKernelFilesystem(raw, path: path)
    }
    directories?.append(path, status, descriptor: raw)
    listing = try DirectoryListing(of: raw, path: path, limit: plan.nameLimit)
    frames.append(
      Frame(
        listing: listing, status: status, hits: hits,
        pathLength: path.count, nameStart: nameStart, directory: opened))
    directory = opened
    if frames.count > Self.openLimit { frames[frames.count - 1 - Self.openLimit].directory = nil }
    if !isExcluded { try announceDirectories(to: &visitor, includingLast: true) }
  }

  /// Shows the visitor the directories above the current path that it has not seen.
  /// - Parameter includingLast: whether the last of them is itself sent.
  private mutating func announceDirectories<Visitor: TreeVisitor & ~Copyable>(
    to visitor: inout Visitor, includingLast: Bool = false
  ) throws(ContextError) {
    guard frames[frames.count - 1].offset == nil else { return }
    guard let known = frames.lastIndex(where: { $0.offset != nil }), known + 1 < frames.count else { return }
    for index in (known + 1)..<frames.count {
      let frame = frames[index]
      let parent = frames[index - 1].offset ?? .root
      let isSent = plan.walker == .buildKit || includingLast && index == frames.count - 1
      frames[index].offset = try withPlace(frame.pathLength, nameStart: frame.nameStart, parent: parent) {
        (place) throws(ContextError) in
        try visitor.visitDirectory(place, status: frame.status, isSent: isSent)
      }
    }
  }

  private mutating func leave(_ root: borrowing RootDirectory) throws(ContextError) {
    frames.removeLast()
    guard let frame = frames.last else { return }
    listing = frame.listing
    guard frame.next < listing.count else { return }
    if let opened = frame.directory {
      directory = opened
      return
    }
    let parent = path[..<frame.pathLength]
    directory = OpenDirectory(try root.openDirectory(parent))
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: directory.raw) } catch { throw error.at(parent) }
    guard status.identity == frame.status.identity else { throw .changed(path: ContextPath.text(parent)) }
    frames[frames.count - 1].directory = directory
  }
}

extension ContextError {
  init(_ error: IgnoreFileError, path: String) {
    self = .ignoreFileInvalid(path: path, line: error.line, pattern: error.pattern, reason: error.reason)
  }
}
