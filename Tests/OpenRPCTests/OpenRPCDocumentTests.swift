import JSON
import SwiftDockTestSupport
import Testing

@testable import OpenRPC

struct OpenRPCDocumentTests {
  @Test func whatIsCompiledInIsTheFileOnOneLine() throws {
    let project = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = try HostFiles.bytes(of: "/\(project)/Protocol/openrpc.json")
    // The parser and the writer are the other witness.
    #expect(OpenRPCDocument.compact() == JSONWriter.bytes(of: try JSONParser.parse(file)))
  }

  @Test func fitsIntoAnAnswer() { #expect(OpenRPCDocument.compact().count < 1 << 20) }

  @Test(
    arguments: [
      (" { \"a\" :\t[ 1 , true,\r\nnull ] } \n", #"{"a":[1,true,null]}"#),
      (#" "a b" "#, #""a b""#),
      (#"["\" , \\", " "]"#, #"["\" , \\"," "]"#),
      (#"["\\" , "\\\" , "]"#, #"["\\","\\\" , "]"#),
    ])
  func whiteSpaceIsTakenOutBetweenTokensOnly(json: String, compact: String) {
    #expect(OpenRPCDocument.withoutWhiteSpace(Array(json.utf8)) == Array(compact.utf8))
  }
}
