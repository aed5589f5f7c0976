/// Why a context cannot be measured or sent. Paths are relative to its root, which itself is `.`; one that is not
/// UTF-8 is given as the manifest escapes it (Protocol/digest.md).
package enum ContextError: Error, Equatable, Sendable {
  /// No such directory. The path is the root as it was given.
  case notFound(path: String)
  /// The root, as it was given, is something else.
  case notADirectory(path: String)
  case unreadable(path: String, errno: Int32)
  /// The Dockerfile does not exist or lies outside of the context.
  case dockerfileNotFound(path: String)
  case dockerfileTooLarge(limitBytes: Int)
  case ignoreFileTooLarge(path: String, limitBytes: Int)
  /// `line` counts from 1; `pattern` is as understood, cut off after 256 bytes.
  case ignoreFileInvalid(path: String, line: Int, pattern: String, reason: IgnoreFileFault)
  /// The tree is not, or did not stay, what was measured.
  case changed(path: String)
  case tooManyEntries(limit: Int)
  case tooLarge(limitBytes: Int64)
  /// The names and link targets of an archive, together.
  case namesTooLarge(limitBytes: Int)
  /// procfs or sysfs: files there are not data at rest.
  case forbiddenFilesystem(path: String)
  case interrupted
  /// The archive cannot be a context. `entry` is the member whose fault it is, as the archive names it, cut off after
  /// 256 bytes; nothing where it is the archive's own.
  case invalidArchive(entry: String?, ArchiveFault)
  /// The contents of an archive cannot be kept, or not be read again.
  case store(ContentStoreError)
  /// libcrypto offers no SHA-256.
  case digestUnavailable
}

/// Why an archive was not written to its end. Either way the receiver holds less than was announced to it.
package enum ContextTransferError<SinkError: Error>: Error {
  case context(ContextError)
  /// What the sink threw.
  case sink(SinkError)
}

extension ContextTransferError: Equatable where SinkError: Equatable {}
