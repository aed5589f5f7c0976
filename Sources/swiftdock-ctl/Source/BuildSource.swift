internal import BuildContext
internal import SwiftDockProtocol

/// What is to be built, as it was found: a directory, an archive, or a Dockerfile alone.
struct BuildSource: ~Copyable {
  private(set) var context: ContextLocation
  /// Relative to the context; of no meaning beside `text`.
  let dockerfile: String
  let text: DockerfileText?
  /// Goes with the request.
  private(set) var archive: SentArchive?
  /// The context, where it is a directory.
  private let directory: String?
  /// The Dockerfile as a path of this machine, where it is a file of the context that can be looked at.
  private let dockerfilePath: String?

  private static let defaultName = "Dockerfile"
  private static let shownLimit = 1 << 20

  /// - Parameters:
  ///   - directory: of the context; `-` for standard input, which then holds a Dockerfile or an archive.
  ///   - file: the Dockerfile, `-` for standard input. Of an archive, its path in there.
  static func find(directory: String, file: String?) throws(ProgramError) -> BuildSource {
    guard directory == "-" else { return try BuildSource(directory, file) }
    let head = try DockerfileText.read(0, upTo: ArchiveSignature.length)
    guard ArchiveSignature.isArchive(head) else {
      guard file == nil else {
        throw .usage(
          "Standard input holds a Dockerfile, so that --file has no use; with an archive it names a file in it")
      }
      return BuildSource(try DockerfileText(standardInputAfter: head))
    }
    return BuildSource(try SentArchive(standardInputAfter: head), file)
  }

  private init(_ directory: String, _ file: String?) throws(ProgramError) {
    let root = try LocalFile.resolve(directory)
    var dockerfile: String?
    var text: DockerfileText?
    if file == "-" {
      text = try DockerfileText(standardInputAfter: [])
    } else if let file {
      switch try ContextPaths.place(of: file, in: root) {
      case .inside(let path): dockerfile = path
      case .outside: text = try DockerfileText(file: file)
      }
    }
    context = .path(root)
    self.directory = root
    self.dockerfile = dockerfile ?? Self.defaultName
    self.text = text
    dockerfilePath = text == nil ? ContextPaths(directory: root, dockerfile: dockerfile).localDockerfile : nil
  }

  private init(_ text: DockerfileText) {
    context = .inline
    directory = nil
    dockerfile = Self.defaultName
    self.text = text
    dockerfilePath = nil
  }

  private init(_ archive: SentArchive, _ file: String?) {
    context = .descriptor(index: 0, archive.format)
    directory = nil
    dockerfile = file ?? Self.defaultName
    text = nil
    dockerfilePath = nil
    self.archive = archive
  }

  /// The Dockerfile, where it can be read here.
  var dockerfileBytes: [UInt8]? {
    text.map { Array($0.text.utf8) } ?? dockerfilePath.flatMap { LocalFile.read($0, limit: Self.shownLimit) }
  }

  /// Makes an archive of a directory that the broker does not read itself, each time it is called anew. False where this
  /// is no directory.
  ///
  /// - Parameters:
  ///   - params: get the archive for context, with the Dockerfile in it wherever it came from.
  ///   - walker: of the builder that it is for.
  mutating func pack(for params: inout BuildParams, _ walker: ContextWalker) throws(ProgramError) -> Bool {
    guard let root = directory else { return false }
    let name = dockerfile == Self.defaultName ? nil : dockerfile
    let source =
      if let text {
        ContextSource(root: root, dockerfileText: Array(text.text.utf8), walker: walker)
      } else { ContextSource(root: root, dockerfile: name, walker: walker) }
    let snapshot: ContextSnapshot
    do throws(ContextError) { snapshot = try Self.measure(source) } catch {
      if case .changed(let path) = error { throw .contextChanged(path: path) }
      throw .local(ContextVerb.explanation(of: error, in: root))
    }
    let archive = try SentArchive(packing: snapshot)
    context = .descriptor(index: 0, archive.format)
    self.archive = archive
    params.context = context
    params.dockerfile = snapshot.dockerfile
    params.dockerfileText = nil
    return true
  }

  /// A tree that changes under the walk is walked once more.
  private static func measure(_ source: ContextSource) throws(ContextError) -> ContextSnapshot {
    let room = ContentRoom(byteLimit: ContentRoom.usualLimit)
    do throws(ContextError) { return try ContextSnapshot(measuring: source, room: room) } catch .changed {
      return try ContextSnapshot(measuring: source, room: room)
    }
  }
}
