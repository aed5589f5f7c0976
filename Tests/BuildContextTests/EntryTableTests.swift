import Testing

@testable import BuildContext

struct EntryTableTests {
  private func entry(_ name: String, in parent: EntryTable.Offset, _ content: Entry.Content) -> Entry {
    Entry(
      isSent: true, parent: parent, name: Array(name.utf8)[...], mode: 0o4755, modified: -5, content: content,
      capability: [])
  }

  @Test func everyKindOfEntryComesBackWithItsPath() {
    let digest = ContextDigest(bytes: [UInt8](0..<32))
    var table = EntryTable()
    var entries: [Entry] = []
    func add(_ entry: Entry) -> EntryTable.Offset {
      entries.append(entry)
      return table.append(entry)
    }
    let directory = add(entry("a", in: .root, .directory))
    var hidden = entry("b", in: directory, .directory)
    hidden.isSent = false
    let below = add(hidden)
    var file = entry("c", in: below, .file(size: .max, digest: digest))
    file.capability = [1, 2, 3]
    let first = add(file)
    _ = add(entry("d", in: directory, .symbolicLink(target: ArraySlice(repeating: 0x78, count: 4095))))
    _ = add(entry("e", in: .root, .hardLink(first)))
    _ = add(entry("f", in: .root, .fifo))
    _ = add(entry("g", in: .root, .characterDevice(major: .max, minor: 0)))
    _ = add(entry("h", in: .root, .blockDevice(major: 1, minor: .max)))

    var cursor = EntryCursor(table)
    var paths: [String] = []
    for expected in entries {
      #expect(cursor.next() == expected)
      paths.append(String(decoding: cursor.path, as: UTF8.self))
    }
    #expect(cursor.next() == nil)
    #expect(paths == ["a", "a/b", "a/b/c", "a/d", "e", "f", "g", "h"])
    #expect(table.path(of: first) == Array("a/b/c".utf8))
  }

  @Test func hundredThousandEntriesTakeAtMost80BytesEach() {
    let digest = ContextDigest(bytes: [UInt8](0..<32))
    let count = 100_000
    var table = EntryTable()
    for number in 0..<count {
      _ = table.append(entry("file_\(number).swift", in: .root, .file(size: 5000, digest: digest)))
    }
    #expect(table.chunks.reduce(0) { $0 + $1.count } <= 80 * count)
    var cursor = EntryCursor(table)
    var number = 0
    while cursor.next() != nil, cursor.path.elementsEqual("file_\(number).swift".utf8) { number += 1 }
    #expect(number == count)
  }
}
