internal import Glibc

/// Says of everything that a walk without rules finds what the rules make of it.
struct SurveyVisitor<Receiver: SurveyReceiver>: TreeVisitor {
  private struct Frame {
    /// 0 for the root.
    let pathLength: Int
    let hits: IgnoreRules.Hits
    /// The line that leaves out everything in the directory.
    let seal: Int?
  }

  private(set) var receiver: Receiver

  private let plan: WalkPlan
  private let added: AddedFiles
  private let lineCount: Int
  /// From the root to the last directory that was visited.
  private var frames = [Frame(pathLength: 0, hits: [], seal: nil)]
  private var hits: IgnoreRules.Hits = []
  private var sentLinks: [FileStatus.Identity: Int] = [:]
  private var removedLinks: [FileStatus.Identity: Int] = [:]

  init(_ receiver: Receiver, plan: WalkPlan, added: AddedFiles, lineCount: Int) {
    self.receiver = receiver
    self.plan = plan
    self.added = added
    self.lineCount = lineCount
  }

  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset {
    let path = Array(place.path)
    let (fate, isLookedAt) = try fate(of: path, nameStart: place.nameStart)
    var seal: Int?
    switch fate {
    case .sent: try refuseAdded(at: path[...])
    case .removed(let line):
      if !isLookedAt || !plan.rules.mayHoldSentPaths(below: path, for: plan.walker) { seal = line }
    }
    receiver.receive(
      SurveyedEntry(
        path: path[...], nameStart: place.nameStart, kind: .directory, fate: fate, isLookedAt: isLookedAt))
    frames.append(Frame(pathLength: place.path.count, hits: hits, seal: seal))
    return .root
  }

  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    let path = Array(place.path)
    let (fate, isLookedAt) = try fate(of: path, nameStart: place.nameStart)
    var isSent = false
    if case .sent = fate {
      if added.file(at: place.path)?.replacesTreesOwn == true { return }
      try refuseAdded(at: path[...])
      isSent = true
    }
    let kind: SurveyedEntry.Kind
    switch type {
    case .regular:
      do throws(SystemError) {
        let status = try FileStatus(of: place, in: directory)
        if status.type != .regular, isSent { throw SystemError(errno: ESTALE) }
        let link = isSent ? Self.link(status, among: &sentLinks) : Self.link(status, among: &removedLinks)
        kind = status.type == .regular ? .file(size: status.size, link: link) : .other
      } catch {
        if isSent { throw error.at(place.path) }
        kind = .unreadable
      }
    case .symbolicLink: kind = .link
    default: kind = .other
    }
    receiver.receive(
      SurveyedEntry(path: path[...], nameStart: place.nameStart, kind: kind, fate: fate, isLookedAt: isLookedAt))
  }

  /// What is left out whole is nobody's concern; what BuildKit's client may not read it leaves out, too.
  mutating func passesOver(_ path: [UInt8], after error: ContextError) -> Bool {
    guard case .unreadable(_, let code) = error.unlistable else { return false }
    let nameStart = path.lastIndex(of: LexicalPath.slash).map { $0 + 1 } ?? 0
    let found: (SurveyedEntry.Fate, isLookedAt: Bool)
    do throws(ContextError) { found = try fate(of: path, nameStart: nameStart) } catch { return false }
    guard case .removed = found.0 else { return false }
    let isEntered = found.isLookedAt && plan.rules.mayHoldSentPaths(below: path, for: plan.walker)
    guard !isEntered || plan.walker == .buildKit && code == EACCES else { return false }
    receiver.receive(
      SurveyedEntry(
        path: path[...], nameStart: nameStart, kind: .unreadable, fate: found.0, isLookedAt: found.isLookedAt))
    return true
  }

  private static func link(
    _ status: FileStatus, among links: inout [FileStatus.Identity: Int]
  ) -> SurveyedEntry.Link? {
    guard status.links > 1 else { return nil }
    if let number = links[status.identity] { return SurveyedEntry.Link(number: number, isFirst: false) }
    links[status.identity] = links.count
    return SurveyedEntry.Link(number: links.count - 1, isFirst: true)
  }

  /// As the measurement does.
  private func refuseAdded(at path: ArraySlice<UInt8>) throws(ContextError) {
    guard let file = added.file(at: path) else { return }
    if file.replacesTreesOwn { throw .changed(path: ContextPath.text(path)) }
    throw SystemError(errno: EEXIST).at(path)
  }

  private mutating func fate(
    of path: [UInt8], nameStart: Int
  ) throws(ContextError) -> (SurveyedEntry.Fate, isLookedAt: Bool) {
    let parentLength = max(nameStart - 1, 0)
    while let last = frames.last, last.pathLength > parentLength { frames.removeLast() }
    if let line = frames.last?.seal { return (.removed(line: line), false) }
    let decision: Int?
    do throws(IgnoreFileError) {
      decision = try plan.rules.decision(on: path, parent: frames.last?.hits ?? [], hits: &hits)
    } catch {
      throw ContextError(error, path: plan.ignoreFile ?? "")
    }
    guard let decision else { return (.sent(exception: nil), true) }
    if plan.rules.excludes(at: decision) { return (.removed(line: decision), true) }
    return (.sent(exception: decision < lineCount ? decision : nil), true)
  }
}

extension ContextError {
  /// As something that cannot be read, if it concerns one path only.
  fileprivate var unlistable: ContextError? {
    switch self {
    case .unreadable: self
    case .changed(let path): .unreadable(path: path, errno: ESTALE)
    case .forbiddenFilesystem(let path): .unreadable(path: path, errno: EPERM)
    default: nil
    }
  }
}
