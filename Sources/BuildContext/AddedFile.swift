/// A file at the top of an archive that is none of the tree: its contents come from elsewhere.
struct AddedFile: Sendable, Equatable {
  let name: [UInt8]
  let bytes: [UInt8]
  let digest: ContextDigest
  let mode: UInt16
  /// Seconds since 1970.
  let modified: Int64
  /// Whether a file of this name in the tree is left out for it. Otherwise a tree that has one is refused.
  let replacesTreesOwn: Bool

  private init(
    name: [UInt8], bytes: [UInt8], mode: UInt16 = 0o600, modified: Int64 = 0, replacesTreesOwn: Bool
  ) throws(ContextError) {
    self.name = name
    self.bytes = bytes
    digest = try SHA256.digest(of: bytes)
    self.mode = mode
    self.modified = modified
    self.replacesTreesOwn = replacesTreesOwn
  }

  /// A Dockerfile that no tree holds: `.dockerfile.` and 20 hexadecimal digits of its digest.
  static func dockerfile(_ text: [UInt8]) throws(ContextError) -> AddedFile {
    guard text.count <= ContextLimits.dockerfileText else {
      throw .dockerfileTooLarge(limitBytes: ContextLimits.dockerfileText)
    }
    let digits = try SHA256.digest(of: text).hex.prefix(20)
    return try AddedFile(name: Array(".dockerfile.\(digits)".utf8), bytes: text, replacesTreesOwn: false)
  }

  /// The `.dockerignore` by which the classic builder hides a Dockerfile from `COPY`: it looks in it for that file and
  /// for `.dockerignore` itself, and removes them once they are read. The last line decides, so the name stands there.
  /// - Parameter own: what the tree has; the file with the new line takes its place, mode and time.
  static func ignoreFile(hiding dockerfile: [UInt8], own: FoundIgnoreFile?) throws(ContextError) -> AddedFile {
    let name = FoundIgnoreFile.generalName
    let lineFeed = UInt8(ascii: "\n")
    return try AddedFile(
      name: name, bytes: (own?.file.bytes ?? name) + [lineFeed] + dockerfile + [lineFeed],
      mode: own?.file.mode ?? 0o600, modified: own?.file.modified ?? 0, replacesTreesOwn: true)
  }

  var entry: Entry {
    Entry(
      isSent: true, parent: .root, name: name[...], mode: mode, modified: modified,
      content: .file(size: Int64(bytes.count), digest: digest), capability: [])
  }
}
