package import JSON

extension BuildExplain {
  /// Why something cannot be told.
  package enum Unknown: String, CaseIterable, Sendable {
    /// The context of the build was not read, or not yet.
    case build
    /// The same of the build that was named in `against`.
    case against
    /// The build has no path, so no other is the one before it.
    case path
    /// No earlier build of the same path and Dockerfile is remembered.
    case first
    /// Which files there were is not known any more; the rest is.
    case manifest
  }

  package struct Result: WireObject, Equatable {
    package var buildID: String
    package var unknown: Unknown?
    /// nil where nothing could be compared.
    package var comparison: Comparison?

    package init(buildID: String, unknown: Unknown? = nil, comparison: Comparison? = nil) {
      self.buildID = buildID
      self.unknown = unknown
      self.comparison = comparison
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      unknown = try reader.word("unknown")
      comparison = reader.has("same") ? try Comparison(from: &reader) : nil
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      if let comparison { for member in comparison.members.members { members[member.name] = member.value } }
      members.put("unknown", word: unknown)
      return members
    }
  }

  /// What the build has and the one before has not, and the other way round. Its members stand beside `buildId`.
  package struct Comparison: WireObject, Equatable {
    /// The build before.
    package var against: String
    package var againstCreatedAtMs: Int
    /// Whether nothing differs.
    package var same: Bool
    /// Whether both have one execution.
    package var joined: Bool
    package var contextDigest: Pair
    /// nil: not known any more.
    package var files: Files?
    /// Names of options, sorted, as many as fit.
    package var options: [String]
    package var optionCount: Int
    /// Images that the Dockerfile names, as many as fit.
    package var base: [Image]
    package var baseCount: Int

    package init(
      against: String, againstCreatedAtMs: Int, same: Bool, joined: Bool, contextDigest: Pair, files: Files?,
      options: [String], optionCount: Int, base: [Image], baseCount: Int
    ) {
      self.against = against
      self.againstCreatedAtMs = againstCreatedAtMs
      self.same = same
      self.joined = joined
      self.contextDigest = contextDigest
      self.files = files
      self.options = options
      self.optionCount = optionCount
      self.base = base
      self.baseCount = baseCount
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      against = try reader.requiredString("against")
      againstCreatedAtMs = try reader.requiredInteger("againstCreatedAtMs")
      same = try reader.requiredBool("same")
      joined = try reader.requiredBool("joined")
      contextDigest = try reader.requiredObject("contextDigest")
      files = try reader.object("files")
      options = try reader.strings("options") ?? []
      optionCount = try reader.requiredInteger("optionCount")
      base = try reader.list("base") ?? []
      baseCount = try reader.requiredInteger("baseCount")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("against", against)
      members.put("againstCreatedAtMs", againstCreatedAtMs)
      members.put("same", same)
      members.put("joined", joined)
      members.put("contextDigest", contextDigest)
      members.put("files", files)
      members.put("options", options)
      members.put("optionCount", optionCount)
      members.put("base", base)
      members.put("baseCount", baseCount)
      return members
    }
  }

  /// Digests of the contexts.
  package struct Pair: WireObject, Equatable {
    package var before: String
    package var after: String

    package init(before: String, after: String) {
      self.before = before
      self.after = after
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      before = try reader.requiredString("before")
      after = try reader.requiredString("after")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("before", before)
      members.put("after", after)
      return members
    }
  }

  /// Entries of the context that differ: of each list as many as fit, and how many there are.
  package struct Files: WireObject, Equatable {
    package var added: [String]
    package var removed: [String]
    package var changed: [Change]
    package var addedCount: Int
    package var removedCount: Int
    package var changedCount: Int

    package init(
      added: [String] = [], removed: [String] = [], changed: [Change] = [], addedCount: Int = 0, removedCount: Int = 0,
      changedCount: Int = 0
    ) {
      self.added = added
      self.removed = removed
      self.changed = changed
      self.addedCount = addedCount
      self.removedCount = removedCount
      self.changedCount = changedCount
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      added = try reader.strings("added") ?? []
      removed = try reader.strings("removed") ?? []
      changed = try reader.list("changed") ?? []
      addedCount = try reader.requiredInteger("addedCount")
      removedCount = try reader.requiredInteger("removedCount")
      changedCount = try reader.requiredInteger("changedCount")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("added", added)
      members.put("removed", removed)
      members.put("changed", changed)
      members.put("addedCount", addedCount)
      members.put("removedCount", removedCount)
      members.put("changedCount", changedCount)
      return members
    }
  }

  package struct Change: WireObject, Equatable {
    package var path: String
    /// `type`, `mode`, `contents`, `target`, `device`, `capability`; others may come.
    package var what: [String]

    package init(path: String, what: [String]) {
      self.path = path
      self.what = what
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      path = try reader.requiredString("path")
      what = try reader.strings("what") ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("path", path)
      members.put("what", what)
      return members
    }
  }

  package struct Image: WireObject, Equatable {
    /// As the Dockerfile names it, with its platform behind it where that is said.
    package var image: String
    /// Ids; nil where the image was not used, or not in the Engine.
    package var before: String?
    package var after: String?

    package init(image: String, before: String?, after: String?) {
      self.image = image
      self.before = before
      self.after = after
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      image = try reader.requiredString("image")
      before = try reader.string("before")
      after = try reader.string("after")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("image", image)
      members.put("before", before)
      members.put("after", after)
      return members
    }
  }
}
