package import JSON

/// `logs.unsubscribe`
package enum LogsUnsubscribe: ProtocolMethod {
  package static let name = "logs.unsubscribe"

  package struct Params: MethodParams, Equatable {
    package var subscriptionID: String

    package init(subscriptionID: String) { self.subscriptionID = subscriptionID }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      subscriptionID = try reader.requiredString("subscriptionId")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("subscriptionId", subscriptionID)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var nextSeq: Int

    package init(nextSeq: Int) { self.nextSeq = nextSeq }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      nextSeq = try reader.requiredInteger("nextSeq")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("nextSeq", nextSeq)
      return members
    }
  }
}
