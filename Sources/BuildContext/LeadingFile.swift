/// A file that is sent before a context's archive, as its first member: a Dockerfile that the context does not hold.
package struct LeadingFile: Sendable {
  /// `.dockerfile.` and 20 hexadecimal digits of the text's SHA-256.
  package let name: String
  /// A whole number of blocks, to be followed by an archive.
  package let bytes: [UInt8]

  package init(dockerfile text: [UInt8]) throws(ContextError) {
    let file = try AddedFile.dockerfile(text)
    name = String(decoding: file.name, as: UTF8.self)
    var bytes: [UInt8] = []
    TarHeader(type: .regular, name: file.name, mode: file.mode, size: Int64(text.count), modified: file.modified)
      .append(to: &bytes)
    bytes += text
    bytes.append(contentsOf: repeatElement(0, count: TarHeader.padding(after: Int64(text.count))))
    self.bytes = bytes
  }
}
