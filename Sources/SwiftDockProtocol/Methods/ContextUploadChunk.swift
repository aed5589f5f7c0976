package import JSON

/// `context.upload.chunk`: the next bytes of an archive; answered when they are stored.
package enum ContextUploadChunk: ProtocolMethod {
  package static let name = "context.upload.chunk"

  package struct Params: MethodParams, Equatable {
    package var uploadID: String
    /// How many bytes come before these.
    package var offset: Int
    package var data: [UInt8]

    package init(uploadID: String, offset: Int, data: [UInt8]) {
      self.uploadID = uploadID
      self.offset = offset
      self.data = data
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      uploadID = try reader.requiredString("uploadId")
      offset = try reader.requiredInteger("offset")
      let limit = Limits.uploadChunkBytes
      let text = try reader.requiredString("data", bytes: 0...((limit + 2) / 3 * 4))
      guard let bytes = Base64.decode(text), bytes.count <= limit else {
        throw ShapeError(path: reader.pointer("data"), expected: "base64 with padding of at most \(limit) bytes")
      }
      data = bytes
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("uploadId", uploadID)
      members.put("offset", offset)
      members.put("data", Base64.encode(data))
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    /// Bytes of the archive that are stored: the offset of the next chunk.
    package var received: Int

    package init(received: Int) { self.received = received }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      received = try reader.requiredInteger("received")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("received", received)
      return members
    }
  }
}
