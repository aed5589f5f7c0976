package import JSON

/// `context.upload.begin`: a context is going to come as an archive in pieces.
package enum ContextUploadBegin: ProtocolMethod {
  package static let name = "context.upload.begin"

  package struct Params: MethodParams, Equatable {
    package var format: ArchiveFormat
    /// Of the archive as it is sent, where that is known.
    package var sizeBytes: Int?

    package init(format: ArchiveFormat, sizeBytes: Int? = nil) {
      self.format = format
      self.sizeBytes = sizeBytes
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      format = try reader.requiredWord("format")
      sizeBytes = try reader.integer("sizeBytes")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("format", word: format)
      members.put("sizeBytes", sizeBytes)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var uploadID: String
    package var maxChunkBytes: Int
    /// Later with each piece.
    package var expiresAtMs: Int

    package init(uploadID: String, maxChunkBytes: Int, expiresAtMs: Int) {
      self.uploadID = uploadID
      self.maxChunkBytes = maxChunkBytes
      self.expiresAtMs = expiresAtMs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      uploadID = try reader.requiredString("uploadId")
      maxChunkBytes = try reader.requiredInteger("maxChunkBytes")
      expiresAtMs = try reader.requiredInteger("expiresAtMs")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("uploadId", uploadID)
      members.put("maxChunkBytes", maxChunkBytes)
      members.put("expiresAtMs", expiresAtMs)
      return members
    }
  }
}
