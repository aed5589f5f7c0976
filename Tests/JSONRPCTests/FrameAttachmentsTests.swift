import JSONRPC
import Testing

/// One read: the bytes, and what came with them.
struct AttachmentArrival: Sendable, CustomTestStringConvertible {
  let text: String
  let items: String
  let isIncomplete: Bool

  init(_ text: String, _ items: String = "", isIncomplete: Bool = false) {
    self.text = text
    self.items = items
    self.isIncomplete = isIncomplete
  }

  var testDescription: String { "\(text.debugDescription)+\(items)" }
}

/// Each message and the items that belong to it, `!` where some are missing; what is kept for the unfinished message
/// stands at the end, after `…`.
private func owners(_ reads: [AttachmentArrival], framesAtOnce: Int = .max, limit: Int = 4) -> [String] {
  var decoder = FrameDecoder()
  var attachments = FrameAttachments<Character>(limit: limit)
  var owners: [String] = []
  func takeFrames(_ most: Int) {
    for _ in 0..<most {
      guard let frame = decoder.next() else { return attachments.keep(from: decoder.unfinishedStart) }
      let taken = attachments.take(decoder.lastFrame)
      let text =
        switch frame {
        case .message(let bytes): String(decoding: bytes, as: UTF8.self)
        case .failure: "failure"
        }
      owners.append(text + ":" + String(taken.items) + (taken.isIncomplete ? "!" : ""))
    }
  }
  for read in reads {
    decoder.append(Array(read.text.utf8))
    attachments.arrived(Array(read.items), isIncomplete: read.isIncomplete, before: decoder.end)
    takeFrames(framesAtOnce)
  }
  takeFrames(1_000)
  if attachments.count > 0 { owners.append("…\(attachments.count)") }
  return owners
}

struct FrameAttachmentsTests {
  @Test(arguments: [
    // The message of the last byte, whatever ends it.
    ([AttachmentArrival("{}", "a")], ["{}:a"]), ([AttachmentArrival("{}\n", "a")], ["{}:a"]),
    ([AttachmentArrival("{}\r\n", "ab")], ["{}:ab"]),
    ([AttachmentArrival("{}what\n", "a")], ["{}:", "what:a"]), ([AttachmentArrival("\n\n{} \n \n", "a")], ["{}:a"]),
    // Messages before it in the same read, sent without.
    ([AttachmentArrival("{}\n[]\n", "a")], ["{}:", "[]:a"]),
    ([AttachmentArrival("{}[]{\"b\":1}", "a")], ["{}:", "[]:", "{\"b\":1}:a"]),
    ([AttachmentArrival("{\"a\":\n{}\n", "a")], ["failure:", "{}:a"]),
    ([AttachmentArrival("{\"a\":\n", "a")], ["failure:a"]),
    // A message in several reads.
    ([AttachmentArrival("{", "a"), AttachmentArrival("}\n")], ["{}:a"]),
    ([AttachmentArrival("{"), AttachmentArrival("}", "a"), AttachmentArrival("\n")], ["{}:a"]),
    ([AttachmentArrival("{}\n{", "a"), AttachmentArrival("}\n")], ["{}:", "{}:a"]),
    (
      [AttachmentArrival("{", "a"), AttachmentArrival("\"b\":", "b"), AttachmentArrival("1}[]", "c")],
      ["{\"b\":1}:ab", "[]:c"]
    ),
    ([AttachmentArrival("{", "a"), AttachmentArrival("}{", "b"), AttachmentArrival("}", "c")], ["{}:a", "{}:bc"]),
    ([AttachmentArrival("{", "a")], ["…1"]),
    // Bytes between messages are nobody's, once the message before them was handled.
    ([AttachmentArrival("{}"), AttachmentArrival("\n", "a"), AttachmentArrival("{}\n")], ["{}:", "{}:"]),
    ([AttachmentArrival(" \n", "a"), AttachmentArrival("{}\n")], ["{}:"]),
  ])
  func itemsBelongToTheMessageOfTheLastByteOfTheirRead(reads: [AttachmentArrival], expected: [String]) {
    #expect(owners(reads) == expected)
  }

  @Test func bodiesOfHeaderFramesAreToldApart() {
    let frame = "Content-Length: 2\r\n\r\n{}"
    #expect(owners([AttachmentArrival(frame, "a")]) == ["{}:a"])
    #expect(owners([AttachmentArrival(frame + frame, "a")]) == ["{}:", "{}:a"])
    #expect(
      owners([AttachmentArrival(frame + "Content-Le", "a"), AttachmentArrival("ngth: 2\r\n\r\n[]")]) == ["{}:", "[]:a"])
    #expect(owners([AttachmentArrival("Content-Length: 2\r\n\r\n", "a"), AttachmentArrival("{}")]) == ["{}:a"])
  }

  @Test(arguments: [
    ([AttachmentArrival("{}{}{}", "a")], ["{}:", "{}:", "{}:a"]),
    ([AttachmentArrival("{", "a"), AttachmentArrival("}{}", "b")], ["{}:a", "{}:b"]),
  ])
  func messagesThatAreHandledLaterKeepWhatIsTheirs(reads: [AttachmentArrival], expected: [String]) {
    #expect(owners(reads, framesAtOnce: 1) == expected)
  }

  @Test func aMessageHasNoMoreThanTheLimitAndSaysSo() {
    #expect(owners([AttachmentArrival("{}", "abcd")]) == ["{}:abcd"])
    #expect(owners([AttachmentArrival("{", "abc"), AttachmentArrival("}", "de")]) == ["{}:abcd!"])
    #expect(
      owners([AttachmentArrival("{", "abc"), AttachmentArrival("\t", "de"), AttachmentArrival("}")]) == ["{\t}:abcd!"])
    #expect(
      owners([AttachmentArrival("{", "abcd"), AttachmentArrival("}{", "efgh"), AttachmentArrival("}")]) == [
        "{}:abcd", "{}:efgh",
      ])
    #expect(owners([AttachmentArrival("{}", "a", isIncomplete: true), AttachmentArrival("{}")]) == ["{}:a!", "{}:"])
    #expect(owners([AttachmentArrival("{", isIncomplete: true), AttachmentArrival("}")]) == ["{}:!"])
  }

  @Test func aFloodForAMessageThatNeverEndsIsNotKept() {
    var decoder = FrameDecoder()
    var attachments = FrameAttachments<Int>(limit: 16)
    for round in 0..<10_000 {
      decoder.append([round == 0 ? UInt8(ascii: "{") : UInt8(ascii: " ")])
      attachments.arrived(Array(0..<16), before: decoder.end)
      #expect(decoder.next() == nil)
      attachments.keep(from: decoder.unfinishedStart)
      guard attachments.count == 16 else {
        Issue.record("\(attachments.count) are kept")
        return
      }
    }
  }

  @Test(arguments: 1...7) func positionsDoNotDependOnHowTheStreamIsCut(size: Int) {
    let text = "{\"a\":1}\n\n[2]\r\n" + String(repeating: "{}\n", count: 40)
    var decoder = FrameDecoder()
    var frames: [Range<Int>] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      decoder.append(rest.prefix(size))
      rest = rest.dropFirst(size)
      while decoder.next() != nil { frames.append(decoder.lastFrame) }
    }
    #expect(decoder.end == text.utf8.count)
    #expect(decoder.unfinishedStart == text.utf8.count)
    #expect(frames.count == 42)
    for (frame, next) in zip(frames, frames.dropFirst()) {
      #expect(frame.upperBound <= next.lowerBound && next.lowerBound - frame.upperBound <= 2)
    }
  }
}
