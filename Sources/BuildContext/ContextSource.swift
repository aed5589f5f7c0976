/// What is to be sent as a build context.
package struct ContextSource: Sendable {
  enum Origin: Sendable {
    /// Absolute. A symbolic link here is followed.
    case directory(path: String, Dockerfile)
    case archive(ReceivedTree, Dockerfile)
    /// No directory: the Dockerfile alone.
    case text([UInt8])
  }

  enum Dockerfile: Sendable, Equatable {
    /// A file of the tree, relative to its root; nil for `Dockerfile`, or `dockerfile` where that does not exist.
    case file(path: String?)
    case text([UInt8])
  }

  let origin: Origin
  package let walker: ContextWalker

  /// A directory that holds its Dockerfile.
  /// - Parameters:
  ///   - root: absolute. A symbolic link here is followed.
  ///   - dockerfile: relative to the root; nil for `Dockerfile`, or `dockerfile` where that does not exist.
  package init(root: String, dockerfile: String? = nil, walker: ContextWalker) {
    origin = .directory(path: root, .file(path: dockerfile))
    self.walker = walker
  }

  /// A directory, and a Dockerfile that is not in it.
  ///
  /// The text is sent as one more file at the top, with mode 0600 and time 0. Its name is `.dockerfile.` and the first
  /// 20 hexadecimal digits of its SHA-256; a tree that would send something of that name itself is refused, as
  /// `ContextError.unreadable` with `EEXIST`. The ignore file is `.dockerignore` with either walker.
  ///
  /// The classic builder is told to hide the text from `COPY`, in the way of its client: the `.dockerignore` that is
  /// sent has the text's name as a line more; where there is none, one that hides both is sent. BuildKit cannot be told.
  /// - Parameters:
  ///   - root: absolute. A symbolic link here is followed.
  ///   - dockerfileText: at most 262,144 bytes; more is `ContextError.dockerfileTooLarge`.
  package init(root: String, dockerfileText: [UInt8], walker: ContextWalker) {
    origin = .directory(path: root, .text(dockerfileText))
    self.walker = walker
  }

  /// An archive that holds its Dockerfile. It is taken as it is: no ignore file has any effect.
  /// - Parameter dockerfile: its path in the archive; nil for `Dockerfile`, or `dockerfile` where that does not exist.
  package init(archive: ReceivedTree, dockerfile: String? = nil, walker: ContextWalker) {
    origin = .archive(archive, .file(path: dockerfile))
    self.walker = walker
  }

  /// An archive, and a Dockerfile that is not in it, sent as with a directory. No ignore file has any effect, but the
  /// classic builder is sent one that hides the text.
  /// - Parameter dockerfileText: at most 262,144 bytes; more is `ContextError.dockerfileTooLarge`.
  package init(archive: ReceivedTree, dockerfileText: [UInt8], walker: ContextWalker) {
    origin = .archive(archive, .text(dockerfileText))
    self.walker = walker
  }

  /// A Dockerfile and nothing else, sent as if it came with an empty directory.
  /// - Parameter dockerfileText: at most 262,144 bytes; more is `ContextError.dockerfileTooLarge`.
  package init(dockerfileText: [UInt8], walker: ContextWalker) {
    origin = .text(dockerfileText)
    self.walker = walker
  }
}
