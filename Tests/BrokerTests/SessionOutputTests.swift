import Testing

@testable import Broker

struct SessionOutputTests {
  /// Takes at most `count` bytes, as a socket does.
  private func take(_ count: Int, from output: inout SessionOutput) -> String {
    guard let length = output.next() else { return "" }
    let next = output.withNext { Array($0) + Array($1) + Array($2) }
    #expect(next.count == length)
    let bytes = next.prefix(count)
    output.didSend(bytes.count)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func output(_ messages: (String, SessionOutput.Lane)...) -> SessionOutput {
    var output = SessionOutput()
    for (text, lane) in messages { output.append(OutputFrame(head: Array(text.utf8)), to: lane) }
    return output
  }

  @Test func answersGoBeforeLogDataAndTogether() {
    var output = output(("d1", .data), ("a1", .control), ("d2", .data), ("a2", .control))
    #expect((1...4).map { _ in take(99, from: &output) } == ["a1a2", "d1", "d2", ""])
    #expect(output.isEmpty && output.bytes == 0)
  }

  @Test func messageThatWasBegunIsEndedFirst() {
    var output = output(("data", .data))
    #expect(take(2, from: &output) == "da")
    output.append(OutputFrame(head: Array("answer".utf8)), to: .control)
    #expect(output.bytes == 8)
    #expect((1...3).map { _ in take(99, from: &output) } == ["ta", "answer", ""])
  }

  @Test(arguments: 0...9)
  func sharedBytesAreSentWithinTheMessage(split: Int) {
    var output = SessionOutput()
    let shared = Array("event".utf8)
    output.append(OutputFrame(head: Array("<1".utf8), shared: shared, tail: Array(">".utf8)), to: .data)
    output.append(OutputFrame(head: Array("<2".utf8), shared: shared, tail: Array(">".utf8)), to: .data)
    #expect(output.bytes == 16)
    let first = take(split, from: &output)
    #expect(first + take(99, from: &output) + take(99, from: &output) == "<1event><2event>")
    #expect(output.isEmpty && output.bytes == 0)
  }

  @Test func laneThatIsFullHoldsBackRequests() {
    var output = SessionOutput()
    #expect(!output.isOverfull)
    output.append(OutputFrame(head: [UInt8](repeating: 0, count: SessionOutput.heldDataLimit)), to: .data)
    #expect(!output.isOverfull)
    output.append(OutputFrame(head: [0]), to: .data)
    #expect(output.isOverfull)
    output = SessionOutput()
    output.append(OutputFrame(head: [UInt8](repeating: 0, count: SessionOutput.controlLimit + 1)), to: .control)
    #expect(output.isOverfull && output.dataBytes == 0)
  }

  @Test func manyMessagesKeepTheirOrder() {
    var output = SessionOutput()
    var taken: [String] = []
    for number in 0..<1_000 {
      output.append(OutputFrame(head: Array("\(number)".utf8)), to: .data)
      if number % 3 == 0 { taken.append(take(99, from: &output)) }
    }
    while !output.isEmpty { taken.append(take(99, from: &output)) }
    #expect(taken == (0..<1_000).map(String.init))
  }
}
