import JSON
import OpenRPC
import Testing

struct DiscoverTests {
  let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test(arguments: [WireClient.Framing.line, .header])
  func discoverAnswersTheDocument(framing: WireClient.Framing) throws {
    let client = try fixture.connect(framing)
    let id = try client.request("rpc.discover")
    let envelope = #"{"jsonrpc":"2.0","id":\#(id),"result":"#
    #expect(try client.nextFrame() == Array(envelope.utf8) + OpenRPCDocument.compact() + Array("}".utf8))
    #expect(try client.error("rpc.discover", ["all": true]).code == -32602)
  }

  @Test func discoverIsAnsweredInABatch() throws {
    let client = try fixture.connect()
    try client.send([
      ["jsonrpc": "2.0", "id": 1, "method": "rpc.discover"], ["jsonrpc": "2.0", "id": 2, "method": "shutdown"],
    ])
    let answers = try #require(client.next().arrayValue)
    #expect(answers.first?["result"] == (try JSONParser.parse(OpenRPCDocument.compact())))
    #expect(answers.last?["id"] == 2)
  }
}
