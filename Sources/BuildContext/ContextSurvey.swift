/// A build context with what its ignore file leaves out, as it can be seen without reading the files: only the
/// Dockerfile and the ignore file are read.
package struct ContextSurvey {
  /// Path of the Dockerfile in the context, free of symbolic links.
  package let dockerfile: String
  package let dockerfileBytes: [UInt8]
  /// Path of the ignore file that counts; nil where there is none, or where none has any effect, as in an archive.
  package let ignoreFile: String?
  package let lines: [IgnoreLine]

  private let source: ContextSource
  private let rules: IgnoreRules
  private let added: AddedFiles

  /// - Throws: as a measurement does, about these two files.
  package init(of source: ContextSource) throws(ContextError) {
    self.source = source
    let files: BuildFiles
    var bytes: [UInt8]?
    let limit = ContextLimits.dockerfile
    switch source.origin {
    case .directory(let path, let location):
      let root = try RootDirectory(path: path)
      files = try BuildFiles(locating: location, in: root, for: source.walker)
      if case .file = location {
        bytes = try root.read(files.dockerfile, limit: limit, tooLarge: .dockerfileTooLarge(limitBytes: limit)).bytes
      }
    case .archive(let tree, let location):
      files = try BuildFiles(locating: location, in: tree, for: source.walker)
      if case .file = location {
        bytes = try tree.read(files.dockerfile, limit: limit, tooLarge: .dockerfileTooLarge(limitBytes: limit)).bytes
      }
    case .text(let text): files = try BuildFiles(dockerfileText: text, for: source.walker)
    }
    added = files.added
    dockerfile = ContextPath.text(files.dockerfile)
    dockerfileBytes = bytes ?? added.file(at: files.dockerfile)?.bytes ?? []
    ignoreFile = files.ignoreFilePath
    rules = try files.rules()
    lines = rules.lines
  }

  /// The line that keeps a path, or all of a directory above it, from being sent; nil if none does, be there such a
  /// path or not.
  /// - Parameter path: relative to the root, without symbolic links.
  package func lineRemoving(_ path: String) throws(ContextError) -> IgnoreLine? {
    let path = LexicalPath.clean(Array(path.utf8))
    do throws(IgnoreFileError) {
      return try rules.line(excluding: path, for: source.walker).map { lines[$0] }
    } catch {
      throw ContextError(error, path: ignoreFile ?? "")
    }
  }

  package enum Destination: Equatable {
    /// - Parameter links: the paths of the symbolic links on the way.
    case path([UInt8], links: [[UInt8]])
    /// There is nothing of that name.
    case missing
    /// A symbolic link on the way leads out of the context, or nowhere.
    case outside
  }

  /// Where a path leads.
  /// - Parameter path: relative to the root.
  package func destination(of path: [UInt8]) throws(ContextError) -> Destination {
    var links: [[UInt8]] = []
    let result: LinkResolution.Result
    switch source.origin {
    case .directory(let root, _):
      result = try LinkResolution.resolve(path, in: try RootDirectory(path: root), links: &links)
    case .archive(let tree, _): result = try LinkResolution.resolve(path, in: tree, links: &links)
    case .text: result = .missing
    }
    return switch result {
    case .resolved(let path): .path(path, links: links)
    case .missing: links.isEmpty ? .missing : .outside
    }
  }

  /// Gives everything there is to the receiver, sockets left out, which no context can hold.
  ///
  /// Directories that are left out are entered, too, to see how much they hold; what is not readable there is no error.
  /// - Parameter interrupted: asked between entries; if true the survey ends with `ContextError.interrupted`.
  package func walk<Receiver: SurveyReceiver>(
    _ receiver: Receiver, interrupted: () -> Bool = { false }
  ) throws(ContextError) -> Receiver {
    var receiver = receiver
    for file in added.files {
      receiver.receive(
        SurveyedEntry(
          path: file.name[...], nameStart: 0, kind: .file(size: Int64(file.bytes.count), link: nil),
          fate: .sent(exception: nil), isLookedAt: true))
    }
    switch source.origin {
    case .directory(let path, _):
      let root = try RootDirectory(path: path)
      let everything = WalkPlan(rules: .none, walker: source.walker, ignoreFile: nil, nameLimit: .max)
      let plan = WalkPlan(rules: rules, walker: source.walker, ignoreFile: ignoreFile, nameLimit: .max)
      var visitor = SurveyVisitor(receiver, plan: plan, added: added, lineCount: lines.count)
      var walk = try TreeWalk(root, plan: everything)
      try walk.run(root, visitor: &visitor, interrupted: interrupted)
      return visitor.receiver
    case .archive(let tree, _): try survey(tree, &receiver, interrupted: interrupted)
    case .text: break
    }
    return receiver
  }

  private func survey(
    _ tree: ReceivedTree, _ receiver: inout some SurveyReceiver, interrupted: () -> Bool
  ) throws(ContextError) {
    let firstNames = tree.firstNames
    var numbers: [EntryTable.Offset: Int] = [:]
    var cursor = EntryCursor(tree.table)
    while let entry = cursor.next() {
      if interrupted() { throw .interrupted }
      guard !(added.file(of: entry)?.replacesTreesOwn ?? false) else { continue }
      let kind: SurveyedEntry.Kind
      switch entry.content {
      case .directory: kind = .directory
      case .file(let size, _):
        var link: SurveyedEntry.Link?
        if firstNames.contains(cursor.offset) {
          link = SurveyedEntry.Link(number: numbers.count, isFirst: true)
          numbers[cursor.offset] = numbers.count
        }
        kind = .file(size: size, link: link)
      case .hardLink(let first):
        var position = first
        guard case .file(let size, _) = tree.table.entry(at: &position).content, let number = numbers[first] else {
          kind = .other
          break
        }
        kind = .file(size: size, link: SurveyedEntry.Link(number: number, isFirst: false))
      case .symbolicLink: kind = .link
      case .fifo, .characterDevice, .blockDevice: kind = .other
      }
      receiver.receive(
        SurveyedEntry(
          path: cursor.path[...], nameStart: cursor.path.count - entry.name.count, kind: kind,
          fate: .sent(exception: nil), isLookedAt: true))
    }
  }
}
