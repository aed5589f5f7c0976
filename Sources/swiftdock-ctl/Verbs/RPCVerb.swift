internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum RPCVerb: Verb {
  static let name = "rpc"
  static let operands = "METHOD [PARAMS-JSON|-]"
  static let summary = "one call as it is; notifications as JSON lines, then the result"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    guard let method = arguments.operands.first else { throw .usage("rpc needs a method") }
    guard arguments.operands.count <= 2 else { throw .usage("rpc does not take \"\(arguments.operands[2])\"") }
    let params = try params(arguments.operands.count == 2 ? arguments.operands[1] : nil)
    var connection = try connect(arguments)
    do throws(ClientError) {
      let result = try connection.call(method, params: params) { method, params in
        Output.results.json(["method": .string(method), "params": .object(params)])
      }
      Output.results.json(result)
      return .done
    } catch {
      guard case .refused(let refusal) = error else { throw .client(error) }
      let output = arguments.has(.json) ? Output.results : Output.messages
      output.json(refusal.json)
      return .failed
    }
  }

  private static func params(_ text: String?) throws(ProgramError) -> JSONObject {
    guard let text else { return JSONObject() }
    let bytes: [UInt8]
    if text == "-" {
      guard let input = LocalFile.read(0, limit: FrameDecoder.defaultMessageLimit) else {
        throw .local("Cannot read standard input, or it holds more than a message may have.")
      }
      bytes = input
    } else {
      bytes = Array(text.utf8)
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONParser.parse(bytes)
    } catch {
      throw .usage("The params are not JSON: see byte \(error.offset)")
    }
    guard case .object(let params) = value else { throw .usage("The params have to be a JSON object") }
    return params
  }
}
