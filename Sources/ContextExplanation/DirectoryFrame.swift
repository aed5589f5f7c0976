internal import BuildContext

/// By which instruction, and from where on, what lies in a directory is taken.
struct Reach: Equatable {
  let use: Int
  /// Of the path that the instruction named; 0 for the root.
  let rootLength: Int
}

/// Something that no instruction sees, the directory above it excepted.
struct UnseenItem: Equatable {
  let path: [UInt8]
  let totals: Totals
  /// Of them, what an ignore line for the path would take away, and no line for what a program has made there.
  var removable: Totals
  /// Whether there is such a line for the whole of it.
  var isMade = false
}

/// A directory that a program has made.
struct MadeDirectory: Equatable {
  let path: [UInt8]
  let totals: Totals
  let isSeen: Bool
}

/// Those of one kind and name.
struct MadeGroup {
  /// Kept of the heaviest.
  static let limit = 5

  var directories = Heaviest<MadeDirectory>(limit: limit)
  var count = 0
  var totals = Totals()
  var isSeen = false

  mutating func add(_ directory: MadeDirectory) {
    directories.offer(directory.totals.bytes, directory)
    count += 1
    totals += directory.totals
    isSeen = isSeen || directory.isSeen
  }

  mutating func add(_ other: MadeGroup) {
    directories.offer(other.directories)
    count += other.count
    totals += other.totals
    isSeen = isSeen || other.isSeen
  }
}

/// What is known of a directory while the survey is in it.
struct DirectoryFrame {
  struct GroupName: Hashable {
    let kind: MadeKind
    let name: String
  }

  /// A directory whose neighbours will show whether a program has made it.
  private struct Candidate {
    let directory: MadeDirectory
    let name: String
    let inside: MadeKind.Evidence
    let isNamed: Bool
    let made: [GroupName: MadeGroup]
    let others: [String: Int]
    let madeInside: Totals
  }

  let pathLength: Int
  /// Of what is in it.
  let reaches: [Reach]
  /// Of what is sent, as below.
  var totals = Totals()
  /// What is sent whatever an ignore file says.
  var fixed = Totals()
  var heaviestChild = Totals()
  /// Whether an instruction takes it or something in it.
  var isSeen = false
  /// Whether an instruction names it or something in it, and not only a directory above.
  var isNamed = false
  var evidence: MadeKind.Evidence = []
  var unseen = Heaviest<UnseenItem>(limit: Tally.unseenLimit)
  private(set) var made: [GroupName: MadeGroup] = [:]
  /// Names that such directories have, of what is none.
  private(set) var others: [String: Int] = [:]
  private(set) var madeTotals = Totals()
  private var candidates: [Candidate] = []

  init(pathLength: Int, reaches: [Reach]) {
    self.pathLength = pathLength
    self.reaches = reaches
  }
}

extension DirectoryFrame {
  private static let names: Set<String> = [
    ".git", ".hg", ".svn", "node_modules", "target", ".gradle", "__pycache__", ".pytest_cache", ".mypy_cache",
    ".ruff_cache", ".tox",
  ]

  /// Takes in what was found of a directory in this one.
  mutating func take(_ child: DirectoryFrame, at path: [UInt8]) {
    totals += child.totals
    fixed += child.fixed
    if child.totals.bytes > heaviestChild.bytes || heaviestChild.files == 0 { heaviestChild = child.totals }
    if child.isSeen { isSeen = true }
    if child.isNamed { isNamed = true }
    if child.isSeen {
      unseen.offer(child.unseen)
    } else if child.totals.files > child.fixed.files {
      unseen.offer(
        child.totals.bytes,
        UnseenItem(
          path: path, totals: child.totals - child.fixed, removable: child.totals - child.fixed - child.madeTotals))
    }
    let name = String(decoding: path[(pathLength == 0 ? 0 : pathLength + 1)...], as: UTF8.self)
    guard Self.names.contains(name) || child.evidence.contains(.virtualEnvironment) else {
      takeGroups(child.made, child.others, child.madeTotals)
      return
    }
    candidates.append(
      Candidate(
        directory: MadeDirectory(path: path, totals: child.totals - child.fixed, isSeen: child.isSeen), name: name,
        inside: child.evidence, isNamed: child.isNamed, made: child.made, others: child.others,
        madeInside: child.madeTotals))
  }

  /// Counts something in it that is sent and no directory.
  mutating func countName(_ name: ArraySlice<UInt8>) {
    let name = String(decoding: name, as: UTF8.self)
    if Self.names.contains(name) { others[name, default: 0] += 1 }
  }

  private mutating func takeGroups(_ groups: [GroupName: MadeGroup], _ names: [String: Int], _ totals: Totals) {
    for (name, group) in groups { made[name, default: MadeGroup()].add(group) }
    for (name, count) in names { others[name, default: 0] += count }
    madeTotals += totals
  }

  /// To be called when everything in it is known.
  mutating func settle(_ sources: SourceSet) {
    for candidate in candidates {
      let directory = candidate.directory
      guard !candidate.isNamed, !sources.holdsPath(in: directory.path),
        let kind = MadeKind(candidate.name, inside: candidate.inside, beside: evidence)
      else {
        others[candidate.name, default: 0] += 1
        takeGroups(candidate.made, candidate.others, candidate.madeInside)
        continue
      }
      guard directory.totals.files > 0 else { continue }
      made[GroupName(kind: kind, name: candidate.name), default: MadeGroup()].add(directory)
      madeTotals += directory.totals
      unseen.update { item in
        if item.path == directory.path { item.isMade = true }
      }
    }
    candidates = []
  }
}
