internal import BuildContext
internal import Glibc

/// A context that is an archive: a file, or standard input.
enum LocalArchive {
  static let standardInput = "-"

  /// Whether a context is an archive and no directory. What is not there at all is none.
  static func isNamed(by operand: String) -> Bool {
    if operand == standardInput { return true }
    var info = stat()
    return stat(operand, &info) == 0 && info.st_mode & S_IFMT != S_IFDIR
  }

  /// Reads it to its end. Its first bytes say how it is compressed.
  /// - Throws: what is the matter with the file; what with the archive, in the words of `explanation`.
  static func read(
    _ operand: String, explanation: (ContextError) -> String
  ) throws(ProgramError) -> ReceivedTree {
    let descriptor = operand == standardInput ? 0 : open(operand, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .local("Cannot read \(operand): \(LocalFile.text(of: errno)).") }
    defer { if operand != standardInput { close(descriptor) } }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4_096)
    defer { buffer.deallocate() }
    let store = try UnlinkedFile()
    var piece = try fill(buffer, from: descriptor, operand)
    var reception: ArchiveReception
    do throws(ContextError) {
      reception = try ArchiveReception(format: ArchiveFormat(startingWith: piece), store: store)
    } catch {
      throw .local(explanation(error))
    }
    while !piece.isEmpty {
      do throws(ContextError) { try reception.append(piece) } catch { throw .local(explanation(error)) }
      piece = try fill(buffer, from: descriptor, operand)
    }
    do throws(ContextError) { return try reception.finish() } catch { throw .local(explanation(error)) }
  }

  /// As much as the buffer holds, or as there is.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ operand: String
  ) throws(ProgramError) -> UnsafeRawBufferPointer {
    var count = 0
    while count < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      let length = Glibc.read(descriptor, rest.baseAddress, rest.count)
      if length < 0, errno == EINTR { continue }
      guard length >= 0 else { throw .local("Cannot read \(operand): \(LocalFile.text(of: errno)).") }
      if length == 0 { break }
      count += length
    }
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }
}
