import Testing

@testable import BuildContext

/// What of files is held, and for how much of the room.
struct ContentRoomTests {
  @Test func theLessRoomIsLeftTheSmallerAreTheFilesThatItIsSpentOn() throws {
    let room = ContentRoom(byteLimit: 7 << 20)
    let first = try #require(room.takeBlock())
    let second = try #require(room.takeBlock())
    let third = try #require(room.takeBlock())
    #expect([first, second, third].map(\.fileLimit) == [12 << 10, 8 << 10, 4 << 10])
    #expect(room.takeBlock() == nil)
    #expect(room.freeBytes == 0)
    withExtendedLifetime((first, second, third)) {}
  }

  /// However much room there is.
  @Test func noFileIsLargerThanABlock() throws {
    let room = ContentRoom(byteLimit: 8 << 30)
    let block = try #require(room.takeBlock())
    #expect(block.fileLimit == (2 << 20) - 256 && block.memory.count == 2 << 20)
  }

  @Test func filesGetPlacesOneBehindAnotherUntilNoRoomIsLeft() throws {
    let room = ContentRoom(byteLimit: 4 << 20)
    var holder = ContentHolder(room)
    func ask(_ size: Int64) -> UnsafeMutableRawBufferPointer? { holder.space(for: size) }
    func keep(_ count: Int) -> HeldFile.Place? { holder.keep(count) }
    #expect(ask(1 << 40) == nil)
    #expect(room.freeBytes == 4 << 20)
    // More than what one file may take of this room.
    #expect(ask(9 << 10) == nil)
    var places: [HeldFile.Place] = []
    // With what is noted of each.
    let count = (2 << 20) / (8000 + 256)
    for _ in 0..<count {
      let space = ask(8000)
      #expect(space?.count == 8000)
      // One whose reading was disturbed is asked for once more.
      #expect(ask(8000)?.baseAddress == space?.baseAddress)
      let place = keep(8000)
      places.append(try #require(place))
    }
    #expect(places.map(\.start) == (0..<count).map { $0 * (8000 + 256) })
    #expect(places.allSatisfy { $0.block === places[0].block })
    // The second block is for smaller ones.
    #expect(ask(8000) == nil)
    for number in 0..<(2 << 20) / (4096 + 256) {
      #expect(ask(4096)?.count == 4096)
      let place = keep(4096)
      #expect(place?.start == number * (4096 + 256) && place?.block !== places[0].block)
      if let place { places.append(place) }
    }
    #expect(room.freeBytes == 0)
    #expect(ask(4096) == nil)
    #expect(ask(0) == nil)
    var none = ContentHolder(nil)
    let space = none.space(for: 0)
    #expect(space == nil)
  }

  /// What is noted of them takes memory.
  @Test func emptyFilesTakeRoomToo() {
    let room = ContentRoom(byteLimit: 4 << 20)
    var holder = ContentHolder(room)
    var places: [HeldFile.Place] = []
    while holder.space(for: 0) != nil, let place = holder.keep(0) { places.append(place) }
    #expect(places.count == (4 << 20) / 256)
    #expect(room.freeBytes == 0)
  }

  @Test func aSizeBelowZeroIsNotHeld() {
    var holder = ContentHolder(ContentRoom(byteLimit: 4 << 20))
    let space = holder.space(for: -1)
    #expect(space == nil)
  }
}
