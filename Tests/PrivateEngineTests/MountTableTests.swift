import Testing

@testable import PrivateEngine

struct MountTableTests {
  private func layout() throws -> EngineLayout {
    try EngineLayout(engineDirectory: "/srv/sd/engine", runtimeParent: "/run")
  }

  private func points(_ lines: [String]) throws -> [String] {
    let table = MountTable(Array(lines.joined(separator: "\n").utf8))
    return try table.left(by: layout()).map { String(decoding: $0.point, as: UTF8.self) }
  }

  @Test func linesAreReadAsTheManualPageShowsThem() {
    let table = MountTable(
      Array("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\n".utf8))
    #expect(
      table.mounts == [
        MountTable.Mount(
          id: 36, parent: 35, device: Array("98:0".utf8), root: Array("/mnt1".utf8), point: Array("/mnt2".utf8),
          options: Array("rw,errors=continue".utf8))
      ])
  }

  @Test func octalEscapesBecomeBytes() {
    let table = MountTable(Array(#"1 0 0:1 /a\040b /c\134d\011\377 rw - tmpfs t rw"#.utf8))
    #expect(table.mounts.map(\.root) == [Array("/a b".utf8)])
    #expect(table.mounts.map(\.point) == [Array("/c\\d\t".utf8) + [0xFF]])
  }

  @Test(arguments: ["", "1", "x 0 0:1 / / rw - tmpfs t rw", "1 0 0:1 / / rw tmpfs t rw", "1 0 0:1 / / rw - tmpfs"])
  func otherLinesAreLeftOut(line: String) {
    #expect(MountTable(Array(line.utf8)).mounts.isEmpty)
  }

  @Test func theSystemsOwnTableIsReadCompletely() throws {
    let bytes = try #require(try KernelFile.contents(of: "/proc/self/mountinfo", limit: MountTable.byteLimit))
    #expect(MountTable(bytes).mounts.count == bytes.split(separator: UInt8(ascii: "\n")).count)
  }

  @Test func whatIsInsideComesBeforeWhatItIsInAndLaterBeforeEarlier() throws {
    let runtime = try layout().runtimeDirectory
    let left = try points([
      "20 1 8:1 / / rw - ext4 d rw",
      "30 20 8:1 /srv/sd/engine/data /srv/sd/engine/data rw - ext4 d rw",
      "31 30 0:40 / /srv/sd/engine/data/overlay2/x/merged rw - overlay overlay rw",
      "32 31 0:41 / /srv/sd/engine/data/overlay2/x/merged/proc rw - proc proc rw",
      "33 20 0:4 net:[1] \(runtime)/exec/netns/a rw - nsfs nsfs rw",
      "34 20 8:2 / /srv/sd/engine/database rw - ext4 e rw",
      "35 20 0:42 / \(runtime)/other rw - tmpfs t rw",
    ])
    #expect(
      left == [
        "\(runtime)/exec/netns/a", "/srv/sd/engine/data/overlay2/x/merged/proc",
        "/srv/sd/engine/data/overlay2/x/merged", "/srv/sd/engine/data",
      ])
  }

  @Test func aFileSystemThatAPersonMountedForTheDataStays() throws {
    #expect(
      try points(["20 1 8:1 / / rw - ext4 d rw", "30 20 8:2 / /srv/sd/engine/data rw - ext4 e rw"]) == [])
    #expect(
      try points(["20 1 8:1 / / rw - ext4 d rw", "30 20 8:1 /volumes/v /srv/sd/engine/data rw - ext4 d rw"]) == [])
  }

  @Test func theMountOntoItselfIsKnownBelowMountsOfAnyRoot() throws {
    let data = "/srv/sd/engine/data"
    #expect(
      try points([
        "20 1 8:1 / / rw - ext4 d rw", "25 20 8:2 /vol /srv/sd rw - ext4 e rw",
        "30 25 8:2 /vol/engine/data \(data) rw - ext4 e rw", "31 30 8:2 /vol/engine/data \(data) rw - ext4 e rw",
      ]) == [data, data])
  }

  @Test func thePlaceOfADirectoryIsThatOfTheLastMountAboveIt() {
    let table = MountTable(
      Array(
        """
        20 1 8:1 / / rw - ext4 d rw
        21 20 8:2 /covered /srv rw - ext4 e rw
        22 20 8:3 /vol /srv rw - ext4 f rw
        23 20 8:4 / /srv/sdx rw - ext4 g rw
        """.utf8))
    let place = table.place(of: Array("/srv/sd/engine".utf8))
    #expect(place?.device == Array("8:3".utf8))
    #expect(place?.path == Array("/vol/sd/engine".utf8))
    #expect(table.place(of: Array("/srv/sdx".utf8))?.path == Array("/".utf8))
    #expect(table.place(of: Array("/var/x".utf8))?.path == Array("/var/x".utf8))
  }
}
