import Glibc
import Testing

@testable import BuildContext

/// Something in a tree and a link outward change places all the time, while the tree is measured and sent: nothing from
/// outside comes into the context.
@Suite(.serialized) struct SwappedNameTests {
  private static let outsideByte: UInt8 = 0xEE
  /// renameat2(2), which Swift's Glibc module lacks, with RENAME_EXCHANGE: at any time each name is one of the two.
  private typealias Rename =
    @convention(c) @Sendable (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
  private static let exchange: UInt32 = 2

  private func makeTree(in place: TemporaryTree) throws {
    for (root, byte) in [("tree", UInt8(ascii: "#")), ("outside", Self.outsideByte)] {
      for name in ["", "/d", "/d/e"] { try place.directory(root + name) }
      // Of the same sizes, so that only what they hold tells them apart; enough for several threads.
      for name in ["Dockerfile", ".dockerignore", "d/f", "d/e/g"] {
        try place.file("\(root)/\(name)", bytes: [UInt8](repeating: byte, count: 100))
      }
      for number in 0..<80 { try place.file("\(root)/d/e/\(number)", bytes: [byte]) }
      try place.file("\(root)/d/large", bytes: [UInt8](repeating: byte, count: 30_000))
    }
    try place.file("outside/d/e/only-outside", bytes: [Self.outsideByte])
  }

  @Test(arguments: ["d", "d/e", "d/f", "d/e/g", "Dockerfile", ".dockerignore"], [1, 3])
  func nothingFromOutsideIsRead(name: String, threads: Int) throws {
    let place = try TemporaryTree()
    try makeTree(in: place)
    try place.link("link", to: place.path("outside/\(name)"))
    let (inside, link) = (place.path("tree/\(name)"), place.path("link"))
    let rename = unsafeBitCast(try #require(dlsym(nil, "renameat2")), to: Rename.self)
    try #require(rename(AT_FDCWD, inside, AT_FDCWD, link, Self.exchange) == 0)
    let swaps = try BackgroundThread { _ = rename(AT_FDCWD, inside, AT_FDCWD, link, Self.exchange) }
    defer { swaps.stop() }
    let end = ContinuousClock.now + .seconds(60)
    var outcomes = (sent: 0, refused: 0)
    while swaps.rounds < 3_000 || outcomes.sent + outcomes.refused < 50 {
      try #require(ContinuousClock.now < end)
      if try archive(of: place.path("tree"), threads: threads) { outcomes.sent += 1 } else { outcomes.refused += 1 }
    }
    #expect(outcomes.refused > 0)
  }

  /// - Returns: whether there was one to its end.
  private func archive(of root: String, threads: Int) throws -> Bool {
    let snapshot: ContextSnapshot
    do throws(ContextError) {
      snapshot = try ContextSnapshot(
        measuring: ContextSource(root: root, walker: .buildKit), limits: .unlimited, index: nil, threadCount: threads,
        interrupted: { false })
    } catch {
      try expectChange(error)
      return false
    }
    #expect(!snapshot.dockerfileBytes.contains(Self.outsideByte))
    #expect(!snapshot.manifest.contains("only-outside"))
    var archive: [UInt8] = []
    do throws(ContextTransferError<Never>) {
      try snapshot.writeTar(to: { archive += $0 })
    } catch {
      #expect(!archive.holds(Self.outsideByte))
      guard case .context(let error) = error else { throw error }
      try expectChange(error)
      return false
    }
    #expect(!archive.holds(Self.outsideByte))
    let received = try receive(archive, pieceSize: 1 << 16).snapshot()
    #expect(received.digest == snapshot.digest)
    return true
  }

  private func expectChange(_ error: ContextError) throws {
    switch error {
    // Where a Dockerfile is a link outward from the beginning, there is none.
    case .changed, .dockerfileNotFound: return
    default: throw error
    }
  }
}
