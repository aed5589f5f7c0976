internal import SwiftDockProtocol

/// What is to be built, as it was found: a directory, an archive that was unpacked, or a Dockerfile alone.
struct BuildSource: ~Copyable {
  let context: ContextLocation
  /// Relative to the context; of no meaning beside `text`.
  let dockerfile: String
  let text: DockerfileText?
  /// Those that have to be waited for: where there is something to clean up, all that would end this program before.
  let signals: Interrupts.Signals
  /// The Dockerfile as a path of this machine, where it is a file of the context.
  private let dockerfilePath: String?
  private let archive: UnpackedArchive?

  private static let defaultName = "Dockerfile"
  private static let shownLimit = 1 << 20

  /// - Parameters:
  ///   - directory: of the context; `-` for standard input, which then holds a Dockerfile or an archive.
  ///   - file: the Dockerfile, `-` for standard input. Of an archive, its path in there.
  ///   - mustStay: whether the build goes on when this program is gone, so that the files have to be there still.
  static func find(directory: String, file: String?, mustStay: Bool) throws(ProgramError) -> BuildSource {
    guard directory == "-" else { return try BuildSource(directory, file) }
    let head = try DockerfileText.read(0, upTo: ArchiveSignature.length)
    guard ArchiveSignature.isArchive(head) else {
      guard file == nil else {
        throw .usage(
          "Standard input holds a Dockerfile, so that --file has no use; with an archive it names a file in it")
      }
      return BuildSource(try DockerfileText(standardInputAfter: head))
    }
    guard !mustStay else {
      throw .usage(
        "--detach and --keep cannot go with an archive on standard input, which is kept only as long as this program "
          + "runs; unpack it, and build the directory")
    }
    return BuildSource(try UnpackedArchive(head: head, input: 0), file)
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
    self.dockerfile = dockerfile ?? Self.defaultName
    self.text = text
    dockerfilePath = text == nil ? ContextPaths(directory: root, dockerfile: dockerfile).localDockerfile : nil
    archive = nil
    signals = .wishes
  }

  private init(_ text: DockerfileText) {
    context = .inline
    dockerfile = Self.defaultName
    self.text = text
    dockerfilePath = nil
    archive = nil
    signals = .wishes
  }

  private init(_ archive: consuming UnpackedArchive, _ file: String?) {
    context = .path(archive.directory)
    dockerfile = file ?? Self.defaultName
    text = nil
    dockerfilePath = ContextPaths(directory: archive.directory, dockerfile: file).localDockerfile
    self.archive = consume archive
    signals = .allThatLeaveTraces
  }

  /// The Dockerfile, where it can be read here.
  var dockerfileBytes: [UInt8]? {
    text.map { Array($0.text.utf8) } ?? dockerfilePath.flatMap { LocalFile.read($0, limit: Self.shownLimit) }
  }
}
