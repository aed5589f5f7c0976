package import JSON
package import JSONRPC

/// What a build that reached its image has to show.
package struct BuildResult: WireObject, Equatable {
  package struct Tag: Sendable, Equatable {
    /// With `{context}` replaced.
    package var tag: String
    package var ok: Bool
    /// Whether the registry has it now; nil where it was not to be pushed.
    package var pushed: Bool?
    /// Of the manifest that was pushed, `sha256:` and 64 hex digits.
    package var digest: String?
    package var error: ErrorInfo?

    package init(tag: String, ok: Bool, pushed: Bool? = nil, digest: String? = nil, error: ErrorInfo? = nil) {
      self.tag = tag
      self.ok = ok
      self.pushed = pushed
      self.digest = digest
      self.error = error
    }
  }

  /// `sha256:` and 64 hex digits.
  package var imageID: String
  package var sizeBytes: Int?
  package var tags: [Tag]

  package init(imageID: String, sizeBytes: Int? = nil, tags: [Tag] = []) {
    self.imageID = imageID
    self.sizeBytes = sizeBytes
    self.tags = tags
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    imageID = try reader.requiredString("imageId")
    sizeBytes = try reader.integer("sizeBytes")
    tags = try reader.list("tags") ?? []
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("imageId", imageID)
    members.put("sizeBytes", sizeBytes)
    members.put("tags", tags)
    return members
  }
}

extension BuildResult.Tag: WireObject {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    tag = try reader.requiredString("tag")
    ok = try reader.requiredBool("ok")
    pushed = try reader.bool("pushed")
    digest = try reader.string("digest")
    error = try reader.object("error")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("tag", tag)
    members.put("ok", ok)
    members.put("pushed", pushed)
    members.put("digest", digest)
    members.put("error", error)
    return members
  }
}
