import Testing

@testable import DockerEngine

struct HTTPResponseDecoderTests {
  /// What a response comes to, however it was read.
  private struct Summary: Equatable {
    var status: Int?
    var body: [UInt8] = []
    var isEnded = false
    var failure: HTTPError?
  }

  private func read(
    _ pieces: [ArraySlice<UInt8>], bodyExpected: Bool = true, closing: Bool = false
  ) -> Summary {
    var decoder = HTTPResponseDecoder(bodyExpected: bodyExpected)
    var events: [HTTPResponseDecoder.Event] = []
    var summary = Summary()
    do throws(HTTPError) {
      for piece in pieces { try decoder.decode(piece, into: &events) }
      if closing { try decoder.peerClosed(into: &events) }
    } catch {
      summary.failure = error
    }
    for event in events {
      switch event {
      case .head(let head): summary.status = head.status
      case .body(let bytes): summary.body += bytes
      case .end: summary.isEnded = true
      }
    }
    return summary
  }

  private func read(_ text: String, bodyExpected: Bool = true, closing: Bool = false) -> Summary {
    read([Array(text.utf8)[...]], bodyExpected: bodyExpected, closing: closing)
  }

  private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func chunksAreJoined() {
    let summary = read(Self.chunked + "4\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n")
    #expect(summary == Summary(status: 200, body: Array("Wikipedia in \r\n\r\nchunks.".utf8), isEnded: true))
  }

  @Test(arguments: [
    chunked + "4\r\nWiki\r\n00000006;name=\"v\"\r\npedia!\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabcdef",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    chunked + "4\r\nWikiX",
    chunked + "x",
    "HTTP/1.1 200 OK\r\nbad field\r\n\r\n",
  ])
  func splitPointDoesNotMatter(text: String) {
    let bytes = Array(text.utf8)
    let whole = read([bytes[...]])
    for cut in 0...bytes.count {
      #expect(read([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
    }
    #expect(read(bytes.indices.map { bytes[$0...$0] }) == whole, "byte by byte")
  }

  @Test func fieldNamesAreFoundInAnyLetterCase() throws {
    let head = try HTTPResponseHead(parsing: Array("HTTP/1.1 200 OK\r\nApi-Version:  1.41\t\r\nA:\r\n\r\n".utf8))
    #expect(head["api-VERSION"] == "1.41")
    #expect(head["A"] == "")
    #expect(head["B"] == nil)
  }

  @Test func answerToHEADHasNoBody() {
    let summary = read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", bodyExpected: false)
    #expect(summary == Summary(status: 200, isEnded: true))
  }

  @Test(arguments: [204, 304]) func statusWithoutBodyEndsAtItsHead(status: Int) {
    #expect(read("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\n").isEnded)
  }

  @Test func bodyWithoutLengthLastsUntilThePeerCloses() {
    let text = "HTTP/1.1 200 OK\r\n\r\nabc"
    #expect(read(text) == Summary(status: 200, body: Array("abc".utf8)))
    #expect(read(text, closing: true) == Summary(status: 200, body: Array("abc".utf8), isEnded: true))
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", chunked, chunked + "3\r\nabc\r\n",
    chunked + "3\r\nabc\r\n0\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
  ])
  func closingBeforeTheEndIsNoticed(text: String) {
    #expect(read(text, closing: true).failure == .truncated)
  }

  private static let refusals: [(String, HTTPError)] = [
    ("HTTP/2.0 200 OK\r\n\r\n", HTTPError.malformedStatusLine), ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine),
    ("\r\n\r\n", .malformedStatusLine), ("SSH-2.0-OpenSSH\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 OK\r\nA\r\n\r\n", .malformedField), ("HTTP/1.1 200 OK\r\n: b\r\n\r\n", .malformedField),
    ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .malformedField), ("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", .malformedField),
    ("HTTP/1.1 200 OK\r\nA: b\r\r\nC: d\r\n\r\n", .malformedField),
    ("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", .malformedField),
    ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", .malformedField),
    ("HTTP/1.1 101 Switching\r\n\r\n", .unexpectedUpgrade),
    ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .invalidLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", .invalidLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", .invalidLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .invalidLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .invalidLength),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedTransferCoding),
    (chunked + "\r\n", .invalidChunkSize), (chunked + "g\r\n", .invalidChunkSize),
    (chunked + "-1\r\n", .invalidChunkSize), (chunked + "000000001\r\n", .invalidChunkSize),
    (chunked + "1\n", .invalidChunkSize), (chunked + "1\rx", .invalidChunkSize), (chunked + "1\r\nab", .malformedChunk),
    (chunked + "1\r\na\rb", .malformedChunk), (chunked + "1;\u{1}\r\n", .malformedChunk),
    (chunked + "0\r\n\rx", .malformedField), (chunked + "0\r\nA: b\rx", .malformedField),
  ]

  @Test(arguments: refusals)
  func refused(text: String, failure: HTTPError) {
    #expect(read(text).failure == failure)
  }

  @Test func limitsHold() {
    let field = "A: b\r\n"
    let start = "HTTP/1.1 200 OK\r\n"
    func head(_ fields: Int) -> String { start + String(repeating: field, count: fields) + "\r\n" }
    #expect(read(head(HTTPLimits.fields)).failure == nil)
    #expect(read(head(HTTPLimits.fields + 1)).failure == .tooManyFields(limit: HTTPLimits.fields))
    let filler = String(repeating: "x", count: HTTPLimits.head - start.utf8.count - 7)
    #expect(read(start + "A: " + filler + "\r\n\r\n").failure == nil)
    #expect(read(start + "A: " + filler + "x\r\n\r\n").failure == .headTooLarge(limit: HTTPLimits.head))
    let extensionText = String(repeating: "x", count: HTTPLimits.chunkExtension)
    #expect(read(Self.chunked + "1;" + extensionText + "\r\n").failure == nil)
    #expect(read(Self.chunked + "1;" + extensionText + "x\r\n").failure == .malformedChunk)
    let trailers = String(repeating: field, count: HTTPLimits.trailers / 5)
    #expect(read(Self.chunked + "0\r\n" + trailers).failure == .trailersTooLarge(limit: HTTPLimits.trailers))
    let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: HTTPLimits.interimResponses)
    #expect(read(interim).failure == nil)
    #expect(
      read(interim + "HTTP/1.1 102 X\r\n\r\n").failure
        == .tooManyInterimResponses(limit: HTTPLimits.interimResponses))
  }

  @Test func largestChunkSizeDoesNotOverflow() {
    let summary = read(Self.chunked + "FFFFFFFF\r\nabc")
    #expect(summary == Summary(status: 200, body: Array("abc".utf8)))
  }
}
