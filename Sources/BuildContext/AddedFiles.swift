/// The files of an archive that are not the tree's own.
struct AddedFiles: Sendable {
  /// In the order of their names.
  let files: [AddedFile]

  static let none = AddedFiles(files: [])

  private init(files: [AddedFile]) {
    self.files = files
  }

  /// A Dockerfile and, for the classic builder, what hides it.
  /// - Parameter ignoreFile: the tree's own `.dockerignore`.
  init(dockerfile: AddedFile, ignoreFile: FoundIgnoreFile?, for walker: ContextWalker) throws(ContextError) {
    // `.dockerfile.` comes before `.dockerignore`.
    files =
      walker == .classic
      ? [dockerfile, try .ignoreFile(hiding: dockerfile.name, own: ignoreFile)] : [dockerfile]
  }

  func file(at path: some Sequence<UInt8>) -> AddedFile? {
    files.first { $0.name.elementsEqual(path) }
  }

  /// The one that an entry of the table stands for.
  func file(of entry: Entry) -> AddedFile? {
    entry.parent == .root ? file(at: entry.name) : nil
  }
}
