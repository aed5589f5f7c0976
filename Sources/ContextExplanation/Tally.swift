internal import BuildContext

/// Adds up what a survey finds. Holds no more than the directories on the way to where it is, what is heaviest, and a
/// record of each file that has several names.
struct Tally: SurveyReceiver {
  struct Item: Equatable {
    let path: [UInt8]
    let totals: Totals
  }

  struct Line: Equatable {
    /// Names of every kind.
    var entries = 0
    var unreadable = 0
    var totals = Totals()
  }

  /// A file with several names that are sent.
  struct LinkedFile: Equatable {
    let bytes: Int64
    let path: [UInt8]
    /// Of `path`: the deepest directory that holds all the names, or the path itself.
    var commonLength: Int
    var uses: [Int]
    /// Whether one of the names is sent whatever an ignore file says.
    var isFixed: Bool
  }

  static let largestLimit = 20
  static let topLimit = 20
  static let deepLimit = 20
  static let unseenLimit = 20
  /// Symbolic links that an instruction is led by.
  private static let linkLimit = 4_096

  private(set) var sent = Totals()
  private(set) var removed = Totals()
  private(set) var unreadable = 0
  private(set) var lines: [Line]
  /// By instruction.
  private(set) var uses: [Totals]
  private(set) var unseen = Totals()
  private(set) var largest = Heaviest<Item>(limit: largestLimit)
  private(set) var topDirectories = Heaviest<Item>(limit: topLimit)
  private(set) var deepDirectories = Heaviest<Item>(limit: deepLimit)
  private(set) var linkedFiles: [LinkedFile] = []
  /// Links that a pattern matched, with the instruction, which follows them.
  private(set) var matchedLinks: [(path: [UInt8], use: Int)] = []

  private let sources: SourceSet
  /// Sent whatever an ignore file says, and read by the builder itself.
  private let alwaysSent: Set<[UInt8]>
  private var frames: [DirectoryFrame]
  /// Of the last frame.
  private var directory: [UInt8] = []

  init(_ sources: SourceSet, useCount: Int, lineCount: Int, alwaysSent: Set<[UInt8]>) {
    self.sources = sources
    self.alwaysSent = alwaysSent
    lines = Array(repeating: Line(), count: lineCount)
    uses = Array(repeating: Totals(), count: useCount)
    frames = [DirectoryFrame(pathLength: 0, reaches: sources.takingAll.map { Reach(use: $0, rootLength: 0) })]
  }

  mutating func receive(_ entry: SurveyedEntry) {
    while let last = frames.last, last.pathLength > entry.directory.count { leaveDirectory() }
    let isSent: Bool
    switch entry.fate {
    case .removed(let line):
      isSent = false
      countRemoved(entry, by: line)
    case .sent(let exception):
      isSent = true
      if let exception { count(entry, on: exception) }
    }
    guard entry.isLookedAt else { return }
    frames[frames.count - 1].evidence.insert(.of(entry.name))
    if entry.kind == .directory {
      enterDirectory(entry, isSent: isSent)
    } else if isSent {
      countSent(entry)
    }
  }

  /// To be called once, when there is no more.
  /// - Returns: what was found of the whole.
  mutating func finish() -> DirectoryFrame {
    while frames.count > 1 { leaveDirectory() }
    var root = frames.removeLast()
    root.settle(sources)
    for file in linkedFiles {
      for use in file.uses { uses[use] += Totals(files: 1, bytes: file.bytes) }
      if file.uses.isEmpty, !file.isFixed { unseen += Totals(files: 1, bytes: file.bytes) }
    }
    return root
  }

  // MARK: Lines

  private mutating func count(_ entry: SurveyedEntry, on line: Int) {
    lines[line].entries += 1
    switch entry.kind {
    case .file(let size, let link) where link?.isFirst ?? true: lines[line].totals += Totals(files: 1, bytes: size)
    case .unreadable: lines[line].unreadable += 1
    case .directory, .file, .link, .other: break
    }
  }

  private mutating func countRemoved(_ entry: SurveyedEntry, by line: Int) {
    count(entry, on: line)
    switch entry.kind {
    case .file(let size, let link) where link?.isFirst ?? true: removed += Totals(files: 1, bytes: size)
    case .unreadable: unreadable += 1
    case .directory, .file, .link, .other: break
    }
  }

  // MARK: What is sent

  /// The instructions that take an entry, and by which what it holds may be taken.
  private mutating func look(at entry: SurveyedEntry) -> (takers: [Int], reaches: [Reach], isNamed: Bool) {
    var reaches = frames[frames.count - 1].reaches
    var taking: [Int] = []
    for reach in reaches {
      let start = entry.path.startIndex + (reach.rootLength == 0 ? 0 : reach.rootLength + 1)
      if !sources.excludes(entry.path[start...], from: reach.use) { taking.append(reach.use) }
    }
    let naming = sources.uses(naming: entry.path)
    guard !naming.isEmpty else { return (taking, reaches, false) }
    frames[frames.count - 1].isNamed = true
    for use in naming where !reaches.contains(where: { $0.use == use }) {
      reaches.append(Reach(use: use, rootLength: entry.path.count))
      if !sources.excludes(entry.name, from: use) { taking.append(use) }
    }
    if entry.kind == .link {
      for use in sources.usesMatching(entry.path) where matchedLinks.count < Self.linkLimit {
        matchedLinks.append((Array(entry.path), use))
      }
    }
    return (taking, reaches, true)
  }

  private mutating func enterDirectory(_ entry: SurveyedEntry, isSent: Bool) {
    let found = look(at: entry)
    directory = Array(entry.path)
    var frame = DirectoryFrame(pathLength: directory.count, reaches: found.reaches)
    frame.isSeen = isSent && !found.takers.isEmpty
    frame.isNamed = found.isNamed
    frames.append(frame)
  }

  private mutating func countSent(_ entry: SurveyedEntry) {
    let takers = look(at: entry).takers
    let isFixed = alwaysSent.contains(Array(entry.path))
    let last = frames.count - 1
    if !takers.isEmpty { frames[last].isSeen = true }
    frames[last].countName(entry.name)
    guard case .file(let size, let link) = entry.kind else { return }
    if let link, !link.isFirst {
      linkedFiles[link.number].addName(entry.path, uses: takers, isFixed: isFixed)
      return
    }
    let file = Totals(files: 1, bytes: size)
    sent += file
    frames[last].totals += file
    largest.offer(size, Item(path: Array(entry.path), totals: file))
    if isFixed { frames[last].fixed += file }
    if link != nil {
      linkedFiles.append(
        LinkedFile(
          bytes: size, path: Array(entry.path), commonLength: isFixed ? 0 : entry.path.count, uses: takers,
          isFixed: isFixed))
    } else {
      for use in takers { uses[use] += file }
      if takers.isEmpty, !isFixed { unseen += file }
    }
    if takers.isEmpty, !isFixed {
      frames[last].unseen.offer(size, UnseenItem(path: Array(entry.path), totals: file, removable: file))
    }
  }

  private mutating func leaveDirectory() {
    var frame = frames.removeLast()
    frame.settle(sources)
    let last = frames.count - 1
    let item = Item(path: directory, totals: frame.totals)
    if frame.totals.files > 0 {
      if last == 0 {
        topDirectories.offer(frame.totals.bytes, item)
      } else if frame.heaviestChild != frame.totals {
        deepDirectories.offer(frame.totals.bytes, item)
      }
    }
    frames[last].take(frame, at: directory)
    directory.removeSubrange(frames[last].pathLength...)
  }
}

extension Tally.LinkedFile {
  fileprivate mutating func addName(_ other: ArraySlice<UInt8>, uses more: [Int], isFixed: Bool) {
    var length = zip(path, other).prefix { $0 == $1 }.count
    while length > 0, length == path.count || path[length] != LexicalPath.slash { length -= 1 }
    commonLength = isFixed ? 0 : min(commonLength, length)
    if isFixed { self.isFixed = true }
    for use in more where !uses.contains(use) { uses.append(use) }
  }
}
