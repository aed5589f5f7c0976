import BuildContext
import Testing

struct ArchiveRefusalTests {
  /// - Parameters:
  ///   - entry: the member whose fault it is.
  private func expect(
    _ fault: ArchiveFault, of entry: String? = nil, location: SourceLocation = #_sourceLocation,
    _ make: (inout TestArchive) -> Void
  ) {
    var archive = TestArchive()
    make(&archive)
    for pieceSize in [1, 512, .max] {
      #expect(throws: ContextError.invalidArchive(entry: entry, fault), sourceLocation: location) {
        try receive(archive.ended, pieceSize: min(pieceSize, archive.ended.count))
      }
    }
  }

  @Test(arguments: [
    ("/etc/passwd", ArchiveFault.absolutePath), ("..", .parentPath), ("a/../b", .parentPath), ("a/..", .parentPath),
    ("./../a", .parentPath), ("a//b", .emptyComponent), (".//a", .emptyComponent), ("//", .absolutePath),
  ])
  func pathsThatDoNotStayInTheTreeAreRefused(name: String, fault: ArchiveFault) {
    expect(fault, of: name) { $0.add(name) }
    expect(fault, of: name) {
      $0.add(records: [("path", name)])
      $0.add("harmless", type: "5")
    }
    expect(.linkTargetInvalid, of: "l") { $0.add("l", type: "1", link: name) }
  }

  @Test func pathsWithoutNamesAreRefused() {
    expect(.emptyPath, of: ".") { $0.add("") }
    expect(.root, of: ".") { $0.add(".", "1") }
    expect(.root, of: "./") { $0.add("./", type: "2", link: "x") }
    expect(.nulByte, of: "a\0b") {
      $0.add(records: [("path", "a\0b")])
      $0.add("harmless")
    }
  }

  @Test func longNamesAndPathsAreRefused() {
    let name = String(repeating: "n", count: 256)
    expect(.nameTooLong, of: name) {
      $0.add(records: [("path", name)])
      $0.add("short")
    }
    let path = String(repeating: "d/", count: 2_048)
    expect(.pathTooLong, of: String(path.prefix(256))) {
      $0.add("././@LongLink", type: "L", path + "d\0")
      $0.add("short")
    }
    expect(.linkTargetInvalid, of: "l") {
      $0.add("././@LongLink", type: "K", path + "d\0")
      $0.add("l", type: "2")
    }
    expect(.linkTargetInvalid, of: "l") { $0.add("l", type: "2") }
  }

  @Test(arguments: [
    (Character("3"), ArchiveFault.device), ("4", .device), ("S", .sparse), ("M", .type), ("D", .type), ("Z", .type),
  ])
  func whatNoContextHoldsIsRefused(type: Character, fault: ArchiveFault) {
    expect(fault, of: "e") { $0.add("e", type: type) }
  }

  @Test func sparseFilesAreRefused() throws {
    expect(.sparse, of: "e") {
      $0.add(records: [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")])
      $0.add("e")
    }
    let tree = try TemporaryTree()
    #expect(Shell.output(of: "cd '\(tree.root)' && truncate -s 1M hole && echo x >>hole").status == 0)
    for format in ["gnu", "pax"] {
      let archive = Shell.output(of: "cd '\(tree.root)' && tar -S --format=\(format) -c hole").bytes
      #expect {
        try receive(archive)
      } throws: { error in
        guard case .invalidArchive(_, .sparse)? = error as? ContextError else { return false }
        return true
      }
    }
  }

  @Test func linksNeedAFileBeforeThem() {
    expect(.linkTargetMissing, of: "h") {
      $0.add("h", type: "1", link: "f")
      $0.add("f", "1")
    }
    expect(.linkTargetMissing, of: "h") { $0.add("h", type: "1", link: "h") }
    expect(.linkTargetMissing, of: "d") {
      $0.add("d/f", "1")
      $0.add("d", type: "1", link: "d/f")
    }
    expect(.linkTargetDirectory, of: "h") {
      $0.add("d/", type: "5")
      $0.add("h", type: "1", link: "d")
    }
  }

  @Test func nothingIsBelowWhatIsNoDirectory() {
    expect(.parentNotDirectory, of: "f/g") {
      $0.add("f", "1")
      $0.add("f/g", "1")
    }
    expect(.parentNotDirectory, of: "l/g") {
      $0.add("l", type: "2", link: "/etc")
      $0.add("l/g", "1")
    }
  }

  @Test func headersThatCannotBeReadAreRefused() {
    expect(.number, of: "f") { $0.add("f") { $0.replaceSubrange(124..<127, with: "9ab".utf8) } }
    expect(.number, of: "f") {
      $0.add("f") { $0.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12)) }
    }
    expect(.number, of: "f") {
      $0.add("f") { $0.replaceSubrange(124..<136, with: [0x81] + [UInt8](repeating: 0, count: 11)) }
    }
    for records in ["5 a=b", "99 a=b\n", "x a=b\n", "6 ab\n\n\n", "2 a=b\n", "0 a=b\n", " a=b\n"] {
      expect(.extendedHeader) {
        $0.add("header", type: "x", records)
        $0.add("f")
      }
    }
    for (key, value) in [("size", "-1"), ("size", "9223372036854775808"), ("mtime", "1e3")] {
      expect(.number) {
        $0.add(records: [(key, value)])
        $0.add("f")
      }
    }
    expect(.capability, of: "f") {
      $0.add(records: [("SCHILY.xattr.security.capability", "abc")])
      $0.add("f")
    }
    expect(.type, of: "d/") { $0.add("d/", "contents") }
    for key in ["path", "linkpath", "size"] {
      expect(.globalHeader) { $0.add(records: [(key, "1")], type: "g") }
    }
  }

  @Test func extendedHeadersAreBounded() {
    expect(.extendedHeaderTooLarge) { $0.add("h", type: "x", size: 1 << 20 + 1) }
    expect(.extendedHeaderTooLarge) { $0.add("h", type: "L", size: 1 << 33 - 1) }
    expect(.extendedHeaderTooLarge) { archive in
      for _ in 0..<17 { archive.add(records: [("comment", "c")]) }
    }
  }

  @Test func labelsAreBoundedInSum() throws {
    func archive(_ labels: Int) -> [UInt8] {
      var archive = TestArchive()
      for _ in 0..<labels { archive.add("label", type: "V") }
      archive.add("f", "1")
      return archive.ended
    }
    // A MiB where few entries are allowed.
    let limits = ContextLimits(entries: 2)
    #expect(try receive(archive(2_048), limits: limits).fileCount == 1)
    #expect(throws: ContextError.invalidArchive(entry: nil, .extendedHeaderTooLarge)) {
      try receive(archive(2_049), limits: limits)
    }
  }

  @Test(arguments: [Character("x"), "g"]) func extendedHeadersAreBoundedInSum(type: Character) throws {
    /// Of two blocks each.
    func archive(headers: Int) -> [UInt8] {
      var archive = TestArchive()
      for _ in 0..<100 {
        for _ in 0..<headers { archive.add(records: [("comment", "c")], type: type) }
        archive.add("f", "1")
      }
      return archive.ended
    }
    // 4 KiB for each entry that is allowed.
    let limits = ContextLimits(entries: 300)
    #expect(try receive(archive(headers: 12), limits: limits).fileCount == 1)
    #expect(throws: ContextError.invalidArchive(entry: nil, .extendedHeaderTooLarge)) {
      try receive(archive(headers: 13), limits: limits)
    }
  }

  @Test func aFewBytesThatBecomeManyCanBeInterrupted() throws {
    let bomb = Shell.output(of: "head -c 64M /dev/zero | gzip -9").bytes
    var reception = try ArchiveReception(format: .tarGzip, store: MemoryStore(), limits: .unlimited)
    var asked = 0
    for _ in 0..<2 {
      #expect(throws: ContextError.interrupted) {
        try bomb.span.bytes.withUnsafeBytes { (bytes) throws(ContextError) in
          try reception.append(bytes) {
            asked += 1
            return asked == 3
          }
        }
      }
      #expect(asked == 3, "nothing is asked, or received, after the end")
    }
  }

  @Test func archivesThatEndTooEarlyAreRefused() throws {
    var archive = TestArchive()
    archive.add("a", "contents")
    archive.add(records: [("path", "b")])
    archive.add("c", String(repeating: "c", count: 600))
    for length in 512..<archive.bytes.count {
      #expect(throws: ContextError.invalidArchive(entry: nil, .truncated)) {
        try receive(Array(archive.bytes[..<length]))
      }
    }
    #expect(throws: ContextError.invalidArchive(entry: nil, .truncated)) { try receive(archive.bytes) }
    #expect(throws: ContextError.invalidArchive(entry: nil, .truncated)) {
      var cut = TestArchive()
      cut.add(records: [("path", "b")])
      return try receive(cut.ended)
    }
  }

  @Test func whatIsNoArchiveIsRefused() {
    for bytes in [[], [1], Array("FROM scratch\n".utf8), [UInt8](repeating: 65, count: 2_000)] {
      #expect(throws: ContextError.invalidArchive(entry: nil, .notAnArchive)) { try receive(bytes) }
    }
    var damaged = TestArchive()
    damaged.add("a", "1")
    damaged.add("b", "2")
    var bytes = damaged.ended
    bytes[1_024] ^= 1
    #expect(throws: ContextError.invalidArchive(entry: nil, .checksum)) { try receive(bytes) }
  }

  @Test func whatFollowsTheEndIsRefused() {
    var archive = TestArchive()
    archive.add("a", "1")
    let lone = archive.bytes + [UInt8](repeating: 0, count: 512)
    for bytes in [archive.ended + [1], archive.ended + archive.ended, lone + archive.ended] {
      #expect(throws: ContextError.invalidArchive(entry: nil, .dataBehindEnd)) { try receive(bytes) }
    }
    #expect(throws: ContextError.invalidArchive(entry: nil, .dataBehindEnd)) {
      try receive(archive.ended + [UInt8](repeating: 0, count: 16 << 20 + 1), pieceSize: 1 << 20)
    }
  }

  @Test(arguments: [(ArchiveFormat.tarGzip, "gzip"), (.tarZstd, "zstd -q")])
  func damagedCompressionIsRefused(format: ArchiveFormat, program: String) throws {
    var archive = TestArchive()
    archive.add("a", String(repeating: "contents ", count: 100))
    let tree = try TemporaryTree()
    try tree.file("plain", bytes: archive.ended)
    let compressed = Shell.output(of: "\(program) <'\(tree.path("plain"))'").bytes
    try #require(compressed.count > 50)
    _ = try receive(compressed, format)
    for length in 0..<compressed.count {
      #expect(throws: ContextError.invalidArchive(entry: nil, .truncated)) {
        try receive(Array(compressed[..<length]), format)
      }
    }
    #expect(throws: ContextError.invalidArchive(entry: nil, .dataBehindEnd)) {
      try receive(compressed + Array("garbage behind it".utf8), format)
    }
    #expect(throws: ContextError.invalidArchive(entry: nil, .compression)) { try receive(archive.ended, format) }
    let lines = try receive(compressed, format).lines()
    for index in compressed.indices {
      var damaged = compressed
      damaged[index] ^= 0x55
      // Some bytes mean nothing, a file's name in the header for one; none brings other contents.
      do throws(ContextError) {
        let tree = try receive(damaged, format)
        #expect(try tree.lines() == lines)
      } catch {
        guard case .invalidArchive = error else {
          Issue.record("\(error)")
          continue
        }
      }
    }
  }

  @Test func windowsThatAreTooLargeAreRefused() throws {
    let compressed = Shell.output(of: "head -c 300000000 /dev/zero | zstd -q --long=28").bytes
    try #require(!compressed.isEmpty)
    #expect(throws: ContextError.invalidArchive(entry: nil, .windowTooLarge)) { try receive(compressed, .tarZstd) }
  }

  @Test func limitsHoldWhileAnArchiveArrives() throws {
    var archive = TestArchive()
    archive.add("a/b", "123")
    archive.add("a/b", "45")
    #expect(throws: Never.self) { try receive(archive.ended, limits: ContextLimits(entries: 3, bytes: 5)) }
    #expect(throws: ContextError.tooManyEntries(limit: 2)) {
      try receive(archive.ended, limits: ContextLimits(entries: 2))
    }
    #expect(throws: ContextError.tooLarge(limitBytes: 4)) {
      try receive(archive.ended, limits: ContextLimits(bytes: 4))
    }
    let store = MemoryStore(limit: 4)
    #expect(throws: ContextError.store(ContentStoreError(errno: 28, isQuota: true))) {
      try receive(archive.ended, store: store)
    }
    #expect(store.bytes == Array("123".utf8))
  }

  @Test func namesAndLinkTargetsTogetherAreBounded() throws {
    var archive = TestArchive()
    archive.add("abc", type: "2", link: "12345")
    archive.add("abc", type: "2", link: "6789")
    // The root's empty name, one name with its length, and both targets.
    #expect(throws: Never.self) { try receive(archive.ended, limits: ContextLimits(names: 1 + 4 + 5 + 4)) }
    for limit in [13, 9, 5, 1] {
      #expect(throws: ContextError.namesTooLarge(limitBytes: limit)) {
        try receive(archive.ended, limits: ContextLimits(names: limit))
      }
    }
  }

  @Test func aSizeBeyondTheLimitIsRefusedBeforeItsContentsCome() throws {
    var archive = TestArchive()
    archive.add("bomb", size: 1 << 32)
    var reception = try ArchiveReception(format: .tar, store: MemoryStore(), limits: ContextLimits(bytes: 1 << 20))
    let error = ContextError.tooLarge(limitBytes: 1 << 20)
    do throws(ContextError) {
      try append(archive.bytes, to: &reception)
      Issue.record("taken")
    } catch let refusal {
      #expect(refusal == error)
    }
    // And for good.
    do throws(ContextError) {
      _ = try reception.finish()
      Issue.record("finished")
    } catch let refusal {
      #expect(refusal == error)
    }
  }
}
