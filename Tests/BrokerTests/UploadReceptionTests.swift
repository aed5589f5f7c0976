import BuildContext
import Glibc
import Testing

@testable import Broker

struct UploadReceptionTests {
  @Test func anEmptyPieceBehindTheEndOpensNothing() throws {
    var path = Array("/tmp/swiftdock-upload-XXXXXX".utf8CString)
    try #require(mkdtemp(&path) != nil)
    let directory = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let reception = UploadReception(
      format: .tar, spools: SpoolDirectory(path: directory, limit: 1 << 20), limits: .unlimited)
    let archive = TestArchive.tar()
    let received = try reception.append(archive)
    _ = try reception.finish()
    // Spools have no names, so that the directory is empty; without it nothing can be opened.
    try #require(rmdir(directory) == 0)
    #expect(received == archive.count)
    #expect(try reception.append([]) == archive.count)
  }
}
