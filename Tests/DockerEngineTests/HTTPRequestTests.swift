import JSON
import Testing

@testable import DockerEngine

struct HTTPRequestTests {
  @Test func headIsWrittenExactly() throws {
    var query = Query()
    query.add("t", "a b&c=d/é")
    query.add("rm", true)
    let request = HTTPRequest(
      .post, "/v1.41/images/127.0.0.1:5000/lib/x@sha256:0/tag x", query: query, fields: [("A", "b")])
    #expect(
      try String(decoding: request.head(contentLength: 7), as: UTF8.self)
        == "POST /v1.41/images/127.0.0.1:5000/lib/x@sha256:0/tag%20x?t=a%20b%26c%3Dd%2F%C3%A9&rm=1 HTTP/1.1\r\n"
        + "Host: docker\r\nUser-Agent: swiftdock\r\nConnection: close\r\nA: b\r\nContent-Length: 7\r\n\r\n")
  }

  @Test func noByteOfAParameterCanEndTheRequestLine() throws {
    let all = String(decoding: (0...127).map { UInt8($0) }, as: UTF8.self)
    var query = Query()
    query.add(all, all)
    let head = try HTTPRequest(.get, "/" + all, query: query).head(contentLength: nil)
    let line = head.prefix { $0 != 0x0D }
    #expect(line.filter { $0 == 0x20 }.count == 2)
    #expect(line.allSatisfy { $0 > 0x1F && $0 < 0x7F })
  }

  @Test func requestThatEnginesWouldNotReadIsNotSent() throws {
    var query = Query()
    query.add("labels", String(repeating: "x", count: HTTPRequest.limit))
    #expect {
      try HTTPRequest(.post, "/build", query: query).head(contentLength: 0)
    } throws: { error in
      guard case EngineError.requestTooLarge(let bytes, HTTPRequest.limit) = error else { return false }
      return bytes > HTTPRequest.limit
    }
    #expect(HTTPRequest.limit < 1 << 20)
  }

  @Test func loginIsOneFieldWithoutStandardAlphabet() throws {
    let auth = RegistryAuth(serverAddress: "r.example", username: "u", password: "p\u{FFFF}ÿ?>")
    let value = RegistryAuth.fieldValue(auth)
    let standard = value.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    let decoded = try #require(Base64.decode(String(standard)))
    #expect(
      String(decoding: decoded, as: UTF8.self)
        == #"{"username":"u","password":"p"# + "\u{FFFF}ÿ?>" + #"","serveraddress":"r.example"}"#)
    #expect(RegistryAuth.fieldValue(nil) == "e30=")
  }

  @Test func loginDoesNotShowItsSecret() {
    let auth = RegistryAuth(serverAddress: "r.example", username: "u", password: "s3cret", identityToken: "s3cret")
    var dumped = ""
    dump(auth, to: &dumped)
    #expect(!"\(auth) \(String(reflecting: auth)) \(dumped)".contains("s3cret"))
  }
}
