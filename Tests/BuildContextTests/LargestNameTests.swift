import Glibc
import Testing

@testable import BuildContext

/// Names and paths as long as they can be.
struct LargestNameTests {
  /// Directories of 254 bytes and, in the last of them, a file so that its path has `length` bytes; made and removed
  /// step by step, as no system call takes so long a path.
  private func makePath(in tree: TemporaryTree, length: Int) throws {
    let script = """
      import os
      os.chdir('\(tree.root)')
      left = \(length)
      while left > 255:
          name = 'd' * min(254, left - 2)
          os.mkdir(name); os.chdir(name)
          left -= len(name) + 1
      with open('f' * left, 'w') as file: file.write('deep')
      """
    try tree.file("make.py", script)
    let made = Shell.output(of: "python3 '\(tree.path("make.py"))' 2>&1")
    try #require(made.status == 0, "\(made.text)")
    try tree.remove("make.py")
  }

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func pathOf4095BytesIsSent(walker: ContextWalker) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try makePath(in: tree, length: 4095)
    let snapshot = try tree.snapshot(walker)
    #expect(snapshot.paths.last?.utf8.count == 4095)
    let archive = try snapshot.tar()
    #expect(Int64(archive.count) == snapshot.tarSize)
    let received = try receive(archive).snapshot(walker)
    #expect(received.digest == snapshot.digest)
    let place = try TemporaryTree()
    try place.file("archive", bytes: archive)
    let listing = Shell.output(of: "tar tf '\(place.path("archive"))'").text.split(separator: "\n")
    #expect(listing.last?.utf8.count == 4095)
  }

  @Test func pathOf4096BytesIsRefusedUnlessItIsLeftOut() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try makePath(in: tree, length: 4096)
    let error = #expect(throws: ContextError.self) { try tree.snapshot() }
    guard case .unreadable(let path, ENAMETOOLONG)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.utf8.count == 4096)
    try tree.file(".dockerignore", "d*\n")
    #expect(try tree.snapshot().paths == [".dockerignore", "Dockerfile"])
  }

  @Test func namesOf255BytesOfAnyKindAreSent() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    let name = String(repeating: "é", count: 127)
    try tree.directory(name + "d")
    try tree.file("\(name)d/\(name)f", "f")
    try tree.link("\(name)l", to: String(repeating: "t/", count: 2047) + "t")
    try tree.hardLink("\(name)h", to: "\(name)d/\(name)f")
    try tree.fifo("\(name)p")
    let snapshot = try tree.snapshot()
    #expect(snapshot.entryCount == 6)
    let archive = try snapshot.tar()
    #expect(try receive(archive).snapshot(.classic).manifest == snapshot.manifest)
    let unpacked = try TemporaryTree()
    try unpacked.directory("tree")
    try unpacked.file("archive", bytes: archive)
    // A target may have as many bytes as a path with its NUL: 4,095.
    let tar = Shell.output(of: "cd '\(unpacked.root)' && tar xpf archive -C tree 2>&1")
    #expect(tar.text == "")
    let again = try ContextSnapshot(measuring: ContextSource(root: unpacked.path("tree"), walker: .classic))
    #expect(again.digest == snapshot.digest)
    #expect(try again.tar() == archive)
  }
}
