import Glibc
import Testing

@testable import BuildContext

/// Manifests that are kept, and what changed from one to the other.
struct ManifestChangesTests {
  private let tree: TemporaryTree
  private let place: TemporaryTree

  init() throws {
    tree = try TemporaryTree()
    place = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
  }

  /// A file with the manifest of a snapshot, open for reading from its start.
  private final class Kept {
    let descriptor: Int32
    let digest: ContextDigest

    init(_ descriptor: Int32, _ digest: ContextDigest) {
      self.descriptor = descriptor
      self.digest = digest
    }

    deinit { close(descriptor) }
  }

  private func keep(_ snapshot: ContextSnapshot, as name: String = "m") throws -> Kept {
    let descriptor = open(place.path(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    let size = try ManifestFile.write(snapshot, to: descriptor, limit: .max)
    #expect(lseek(descriptor, 0, SEEK_CUR) == off_t(size))
    try #require(lseek(descriptor, 0, SEEK_SET) == 0)
    return Kept(descriptor, snapshot.digest)
  }

  private func changes(
    from before: ContextSnapshot, to after: ContextSnapshot
  ) throws -> ManifestChanges {
    let (old, new) = (try keep(before, as: "old"), try keep(after, as: "new"))
    return try ManifestFile.changes(from: (old.descriptor, old.digest), to: (new.descriptor, new.digest))
  }

  @Test func fileIsTheManifestForOtherReadersToo() throws {
    for number in 0..<2_000 { try tree.file("file \(number)", "\(number)") }
    let snapshot = try tree.snapshot()
    _ = try keep(snapshot)
    #expect(Shell.output(of: "zstd -dc '\(place.path("m"))'").text == snapshot.manifest)
  }

  @Test func everyKindOfChangeIsNamed() throws {
    try tree.file("contents", "1")
    try tree.file("mode", "1")
    try tree.file("both", "1")
    try tree.file("time", "1")
    try tree.file("gone")
    try tree.file("becomes")
    try tree.directory("d")
    try tree.file("d/in", "1")
    try tree.link("link", to: "contents")
    try tree.file("first")
    try tree.hardLink("second", to: "first")
    let before = try tree.snapshot()
    try tree.file("contents", "2")
    try tree.file("mode", "1", mode: 0o755)
    try tree.file("both", "22", mode: 0o600)
    try tree.setTime("time", seconds: 1)
    try tree.remove("gone")
    try tree.remove("becomes")
    try tree.directory("becomes")
    try tree.file("becomes/more")
    try tree.remove("link")
    try tree.link("link", to: "mode")
    try tree.remove("second")
    try tree.hardLink("second", to: "both")
    try tree.remove("d/in")
    try tree.file("a new one")
    let changes = try changes(from: before, to: try tree.snapshot())
    #expect(changes.added == ["a new one", "becomes/more"])
    #expect(changes.removed == ["d/in", "gone"])
    #expect(
      changes.changed.map { "\($0.path) \($0.aspects)" } == [
        "becomes".with(.type), "both".with(.mode, .contents), "contents".with(.contents),
        "link".with(.target), "mode".with(.mode), "second".with(.mode, .target),
      ])
    #expect(changes.addedCount == 2 && changes.removedCount == 2 && changes.changedCount == 6)
  }

  @Test func equalContextsHaveNoChanges() throws {
    for name in ["a", "b c", "é"] { try tree.file(name) }
    #expect(try changes(from: tree.snapshot(), to: tree.snapshot()) == ManifestChanges())
  }

  /// Where bytes of a name come before the slash, and others stand for themselves in one order and escaped in another.
  @Test func pathsAreMetInTheOrderOfTheManifest() throws {
    try tree.directory("a")
    let names = ["a/b", "a.txt", "a b", "a\\", "a]", "a\u{1}", "é", "a/\u{7F}", "a/z z"]
    for name in names { try tree.file(name) }
    let full = try tree.snapshot()
    for name in names {
      try tree.remove(name)
      let less = try tree.snapshot()
      #expect(try changes(from: full, to: less).removed == [name])
      #expect(try changes(from: less, to: full).added == [name])
      #expect(try changes(from: full, to: less).changedCount == 0)
      try tree.file(name)
    }
  }

  @Test func nameThatIsNotTextIsEscaped() throws {
    let before = try tree.snapshot()
    let status = Shell.output(of: "printf x > \"$(printf '%s/a\\377b' '\(tree.root)')\"").status
    try #require(status == 0)
    #expect(try changes(from: before, to: try tree.snapshot()).added == ["a\\xffb"])
  }

  @Test(arguments: 0..<8) func treesByChanceHaveTheChangesThatTheirLinesHave(seed: Int) throws {
    var random = Numbers(state: UInt64(seed))
    let letters = ["a", "b", " ", ".", "-", "~", "\\", "\u{1}"]
    func fill(_ tree: TemporaryTree) throws {
      try tree.file("Dockerfile", "FROM scratch\n")
      for directory in ["", "a", "a b", "a.", "b"] {
        if !directory.isEmpty { try tree.directory(directory) }
        for _ in 0..<random.next(below: 12) {
          let name = (0...random.next(below: 3)).map { _ in letters[random.next(below: letters.count)] }.joined()
          guard ![".", "..", "a", "a b", "a.", "b"].contains(name) else { continue }
          try tree.file(directory.isEmpty ? name : "\(directory)/\(name)", "\(random.next(below: 2))")
        }
      }
    }
    let (first, second) = (try TemporaryTree(), try TemporaryTree())
    try fill(first)
    try fill(second)
    let (before, after) = (try first.snapshot(), try second.snapshot())
    func lines(_ snapshot: ContextSnapshot) -> [String: Substring] {
      let lines = snapshot.manifest.split(separator: "\n").dropFirst()
      return Dictionary(uniqueKeysWithValues: lines.map { (Self.text(ofPath: $0.split(separator: " ")[5]), $0) })
    }
    let (old, new) = (lines(before), lines(after))
    let changes = try changes(from: before, to: after)
    #expect(Set(changes.added) == Set(new.keys).subtracting(old.keys))
    #expect(Set(changes.removed) == Set(old.keys).subtracting(new.keys))
    #expect(Set(changes.changed.map(\.path)) == Set(old.keys.filter { new[$0] != nil && new[$0] != old[$0] }))
    #expect(changes.added.count == changes.addedCount && changes.removed.count == changes.removedCount)
    #expect(Set(changes.added).count == changes.addedCount)
  }

  private static func text(ofPath escaped: Substring) -> String {
    String(escaped.replacing("\\x20", with: " ").replacing("\\x01", with: "\u{1}").replacing("\\x5c", with: "\\"))
  }

  @Test func listsAreBoundedAndCountedToTheEnd() throws {
    let before = try tree.snapshot()
    let name = String(repeating: "n", count: 200)
    for number in 0..<1_200 { try tree.file("\(number + 10_000)") }
    #expect(try changes(from: before, to: try tree.snapshot()).added.count == 1_000)
    #expect(try changes(from: before, to: try tree.snapshot()).addedCount == 1_200)
    for number in 0..<1_000 { try tree.file("\(number + 10_000)\(name)") }
    let many = try changes(from: before, to: try tree.snapshot())
    #expect(many.addedCount == 2_200)
    #expect(many.added.count < 1_000 && many.added.count > 900)
    #expect(many.added.reduce(0) { $0 + $1.utf8.count } <= 100 << 10)
    #expect(try changes(from: try tree.snapshot(), to: before).removed == many.added)
  }

  // MARK: What cannot be read

  private func failure(_ body: () throws -> Void) -> ManifestError? {
    do {
      try body()
      return nil
    } catch { return error as? ManifestError }
  }

  @Test func whatIsNotTheManifestOfTheDigestIsDamaged() throws {
    for number in 0..<50 { try tree.file("\(number)") }
    let snapshot = try tree.snapshot()
    let whole = try keep(snapshot)
    let size = Int(lseek(whole.descriptor, 0, SEEK_END))
    try tree.file("other")
    let other = try tree.snapshot()
    #expect(
      failure {
        let (old, new) = (try keep(snapshot, as: "old"), try keep(other, as: "new"))
        _ = try ManifestFile.changes(from: (old.descriptor, other.digest), to: (new.descriptor, other.digest))
      } == .damaged)
    for length in [0, 1, size / 2, size - 1] {
      #expect(
        failure {
          let (old, new) = (try keep(snapshot, as: "old"), try keep(other, as: "new"))
          try #require(ftruncate(old.descriptor, off_t(length)) == 0)
          _ = try ManifestFile.changes(from: (old.descriptor, old.digest), to: (new.descriptor, new.digest))
        } == .damaged, "\(length) bytes")
    }
    for position in stride(from: 0, to: size, by: 7) {
      #expect(
        failure {
          let (old, new) = (try keep(snapshot, as: "old"), try keep(other, as: "new"))
          var byte: UInt8 = 0
          try #require(pread(old.descriptor, &byte, 1, off_t(position)) == 1)
          byte ^= 0x55
          try #require(pwrite(old.descriptor, &byte, 1, off_t(position)) == 1)
          _ = try ManifestFile.changes(from: (old.descriptor, old.digest), to: (new.descriptor, new.digest))
        } == .damaged, "byte \(position)")
    }
  }

  @Test func comparisonEndsWhenItIsInterrupted() throws {
    let before = try tree.snapshot()
    try tree.file("a")
    let (old, new) = (try keep(before, as: "old"), try keep(try tree.snapshot(), as: "new"))
    #expect(throws: ManifestError.interrupted) {
      try ManifestFile.changes(from: (old.descriptor, old.digest), to: (new.descriptor, new.digest)) { true }
    }
  }

  @Test func fileIsNoLongerThanItMayBe() throws {
    let descriptor = open(place.path("small"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let snapshot = try tree.snapshot()
    #expect(throws: ManifestError.tooLarge(limitBytes: 20)) {
      try ManifestFile.write(snapshot, to: descriptor, limit: 20)
    }
    #expect(lseek(descriptor, 0, SEEK_END) <= 20)
    #expect(throws: ManifestError.system(errno: EBADF)) { try ManifestFile.write(snapshot, to: -1, limit: 1_000) }
  }
}

extension String {
  fileprivate func with(_ aspects: ManifestChanges.Aspect...) -> String { "\(self) \(aspects)" }
}

/// The same numbers for a seed every time (splitmix64).
private struct Numbers {
  var state: UInt64

  mutating func next(below limit: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
  }
}
