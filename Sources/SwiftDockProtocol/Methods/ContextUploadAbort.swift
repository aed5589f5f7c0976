package import JSON

/// `context.upload.abort`: the upload is forgotten; builds that have begun with it go on.
package enum ContextUploadAbort: ProtocolMethod {
  package static let name = "context.upload.abort"

  package struct Params: MethodParams, Equatable {
    package var uploadID: String

    package init(uploadID: String) { self.uploadID = uploadID }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      uploadID = try reader.requiredString("uploadId")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("uploadId", uploadID)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package init() {}
    package init(from reader: inout ObjectReader) throws(ShapeError) {}
    package var members: JSONObject { JSONObject() }
  }
}
