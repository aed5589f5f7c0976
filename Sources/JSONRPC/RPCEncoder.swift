package import JSON

/// Writes messages as compact JSON, without framing.
package enum RPCEncoder {
  package static func result(_ result: JSONValue, id: RPCID) -> [UInt8] {
    self.result(id: id) { $0.write(result) }
  }

  /// - Parameter result: writes one value.
  package static func result(id: RPCID, result: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    self.result(id: id, into: &writer, result: result)
    return writer.bytes
  }

  /// As above, appended to what was written before, as a message of its own: no comma before or behind it.
  package static func result(id: RPCID, into writer: inout JSONWriter, result: (inout JSONWriter) -> Void) {
    writer.part(#"{"jsonrpc":"2.0","id":"#)
    id.write(to: &writer)
    writer.part(#","result":"#)
    result(&writer)
    writer.part("}")
  }

  /// - Parameter id: nil where the request's id could not be read.
  package static func error(_ error: RPCError, id: RPCID?) -> [UInt8] {
    envelope { writer in
      identify(&writer, id)
      writer.member("error", error.json)
    }
  }

  package static func request(_ method: String, params: JSONObject, id: RPCID) -> [UInt8] {
    envelope { writer in
      identify(&writer, id)
      writer.member("method", .string(method))
      if !params.isEmpty { writer.member("params", .object(params)) }
    }
  }

  /// Always with an object as params, since clients exist that refuse a notification without.
  package static func notification(_ method: String, params: JSONObject) -> [UInt8] {
    notification(method) { $0.write(.object(params)) }
  }

  /// - Parameter params: writes one object.
  package static func notification(_ method: String, params: (inout JSONWriter) -> Void) -> [UInt8] {
    envelope { writer in
      writer.member("method", .string(method))
      writer.name("params")
      params(&writer)
    }
  }

  /// The answer to a batch. nil where none of its messages is answered.
  package static func batch(_ answers: [[UInt8]]) -> [UInt8]? {
    guard !answers.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.array { for answer in answers { $0.raw(answer) } }
    return writer.bytes
  }

  private static func envelope(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    envelope(&writer, body)
    return writer.bytes
  }

  private static func envelope(_ writer: inout JSONWriter, _ body: (inout JSONWriter) -> Void) {
    writer.object {
      $0.member("jsonrpc", "2.0")
      body(&$0)
    }
  }

  private static func identify(_ writer: inout JSONWriter, _ id: RPCID?) {
    writer.name("id")
    if let id { id.write(to: &writer) } else { writer.write(.null) }
  }
}
