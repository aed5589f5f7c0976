package import JSON

/// `context.digest`: what a build of the context would be known by, without building.
package enum ContextDigestMethod: ProtocolMethod {
  package static let name = "context.digest"

  package struct Params: MethodParams, Equatable {
    package var files: ContextFiles
    /// What is excluded is a matter of the builder.
    package var builder: Builder

    package init(_ files: ContextFiles, builder: Builder = .auto) {
      self.files = files
      self.builder = builder
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      files = try ContextFiles(from: &reader)
      builder = try reader.word("builder") ?? .auto
    }

    package var members: JSONObject {
      var members = files.members
      members.put("builder", word: builder)
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    /// `sha256:` and 64 hexadecimal digits.
    package var contextDigest: String
    /// Regular files, each under its first name only.
    package var files: Int
    /// Of the contents of its files.
    package var sizeBytes: Int

    package init(contextDigest: String, files: Int, sizeBytes: Int) {
      self.contextDigest = contextDigest
      self.files = files
      self.sizeBytes = sizeBytes
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      contextDigest = try reader.requiredString("contextDigest")
      files = try reader.requiredInteger("files")
      sizeBytes = try reader.requiredInteger("sizeBytes")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("contextDigest", contextDigest)
      members.put("files", files)
      members.put("sizeBytes", sizeBytes)
      return members
    }
  }
}
