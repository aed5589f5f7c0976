package import JSON

/// `context.upload.end`: the archive is complete; from now on builds can use it. May be repeated.
package enum ContextUploadEnd: ProtocolMethod {
  package static let name = "context.upload.end"

  package struct Params: MethodParams, Equatable {
    private static let digits = 64

    package var uploadID: String
    /// Of all bytes as they were sent, to be compared: 64 hexadecimal digits.
    package var sha256: String?

    package init(uploadID: String, sha256: String? = nil) {
      self.uploadID = uploadID
      self.sha256 = sha256
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      uploadID = try reader.requiredString("uploadId")
      sha256 = try reader.string("sha256").map { $0.lowercased() }
      guard sha256.map({ $0.utf8.count == Self.digits && $0.utf8.allSatisfy(Self.isDigit) }) ?? true else {
        throw ShapeError(path: reader.pointer("sha256"), expected: "\(Self.digits) hexadecimal digits")
      }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("uploadId", uploadID)
      members.put("sha256", sha256)
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    package var contextID: String
    /// What a build of it with no other options has; nil where it needs some, having no `Dockerfile`.
    package var contextDigest: String?
    /// Of the contents of its files.
    package var sizeBytes: Int
    package var files: Int

    package init(contextID: String, contextDigest: String?, sizeBytes: Int, files: Int) {
      self.contextID = contextID
      self.contextDigest = contextDigest
      self.sizeBytes = sizeBytes
      self.files = files
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      contextID = try reader.requiredString("contextId")
      contextDigest = try reader.string("contextDigest")
      sizeBytes = try reader.requiredInteger("sizeBytes")
      files = try reader.requiredInteger("files")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("contextId", contextID)
      members.put("contextDigest", contextDigest)
      members.put("sizeBytes", sizeBytes)
      members.put("files", files)
      return members
    }
  }
}
