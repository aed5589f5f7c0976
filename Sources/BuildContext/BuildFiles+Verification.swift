extension BuildFiles {
  /// Looks in the directory where these were found whether it still says the same: which file the Dockerfile is, and by
  /// which rules paths are left out. Neither needs to be seen in what is sent: links and ignore files may be left out
  /// themselves. Times do not count.
  /// - Throws: `changed` if it does not.
  func verify(
    in root: borrowing RootDirectory, locating location: ContextSource.Dockerfile, for walker: ContextWalker
  ) throws(ContextError) {
    let again: BuildFiles
    do throws(ContextError) {
      again = try BuildFiles(locating: location, in: root, for: walker)
    } catch .dockerfileNotFound {
      throw .changed(path: ContextPath.text(dockerfile))
    } catch .ignoreFileTooLarge(let path, _), .unreadable(let path, _) {
      throw .changed(path: path)
    }
    guard again.dockerfile == dockerfile else { throw .changed(path: ContextPath.text(dockerfile)) }
    guard again.ignoreFile?.path == ignoreFile?.path, again.ignoreFile?.file.bytes == ignoreFile?.file.bytes,
      again.added.files.map(\.mode) == added.files.map(\.mode)
    else { throw .changed(path: again.ignoreFilePath ?? ignoreFilePath ?? ".") }
  }
}
