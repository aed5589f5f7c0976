package import JSON

extension ContextExplain {
  /// Regular files, each under its first name only, and the bytes of their contents: the members `files` and
  /// `sizeBytes` of whatever has them.
  package struct Totals: Sendable, Equatable {
    package var files: Int
    package var sizeBytes: Int

    package init(files: Int, sizeBytes: Int) {
      self.files = files
      self.sizeBytes = sizeBytes
    }

    init(from reader: inout ObjectReader) throws(ShapeError) {
      files = try reader.requiredInteger("files")
      sizeBytes = try reader.requiredInteger("sizeBytes")
    }

    func put(into members: inout JSONObject) {
      members.put("files", files)
      members.put("sizeBytes", sizeBytes)
    }
  }

  /// A path, escaped as in a manifest, with what it holds.
  package struct Item: WireObject, Equatable {
    package var path: String
    package var totals: Totals

    package init(path: String, totals: Totals) {
      self.path = path
      self.totals = totals
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      path = try reader.requiredString("path")
      totals = try Totals(from: &reader)
    }

    package var members: JSONObject {
      var members: JSONObject = ["path": .string(path)]
      totals.put(into: &members)
      return members
    }
  }

  package struct LargeFile: WireObject, Equatable {
    package var path: String
    package var sizeBytes: Int

    package init(path: String, sizeBytes: Int) {
      self.path = path
      self.sizeBytes = sizeBytes
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      path = try reader.requiredString("path")
      sizeBytes = try reader.requiredInteger("sizeBytes")
    }

    package var members: JSONObject { ["path": .string(path), "sizeBytes": .integer(Int64(sizeBytes))] }
  }

  /// What all lines together have removed.
  package struct Removed: WireObject, Equatable {
    package var totals: Totals
    /// Directories and files of which it could not be seen how much they are.
    package var unreadable: Int

    package init(totals: Totals, unreadable: Int) {
      self.totals = totals
      self.unreadable = unreadable
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      totals = try Totals(from: &reader)
      unreadable = try reader.requiredInteger("unreadable")
    }

    package var members: JSONObject {
      var members = JSONObject()
      totals.put(into: &members)
      members.put("unreadable", unreadable)
      return members
    }
  }

  /// A line of the ignore file.
  package struct Ignored: WireObject, Equatable {
    /// As builders understand it, with its `!` in front if it is an exception.
    package var pattern: String
    /// Counted from 1.
    package var line: Int
    /// Names of every kind, directories too.
    package var entries: Int
    /// What it has removed; of an exception what it has brought back.
    package var totals: Totals
    package var unreadable: Int

    package init(pattern: String, line: Int, entries: Int, totals: Totals, unreadable: Int) {
      self.pattern = pattern
      self.line = line
      self.entries = entries
      self.totals = totals
      self.unreadable = unreadable
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      pattern = try reader.requiredString("pattern")
      line = try reader.requiredInteger("line")
      entries = try reader.requiredInteger("entries")
      totals = try Totals(from: &reader)
      unreadable = try reader.requiredInteger("unreadable")
    }

    package var members: JSONObject {
      var members: JSONObject = ["pattern": .string(pattern), "line": .integer(Int64(line))]
      members.put("entries", entries)
      totals.put(into: &members)
      members.put("unreadable", unreadable)
      return members
    }
  }

  /// An instruction that reads from the context.
  package struct Instruction: WireObject, Equatable {
    package var keyword: String
    package var arguments: String
    /// Counted from 1.
    package var line: Int
    package var endLine: Int
    /// The stage's name or index.
    package var stage: String?
    package var sources: [String]
    /// The source of which it cannot be told what it names, so that the instruction may see everything.
    package var unknownSource: String?
    package var totals: Totals

    package init(
      keyword: String, arguments: String, line: Int, endLine: Int, stage: String?, sources: [String],
      unknownSource: String?, totals: Totals
    ) {
      self.keyword = keyword
      self.arguments = arguments
      self.line = line
      self.endLine = endLine
      self.stage = stage
      self.sources = sources
      self.unknownSource = unknownSource
      self.totals = totals
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      keyword = try reader.requiredString("keyword")
      arguments = try reader.requiredString("arguments", bytes: 0...ObjectReader.stringLimit)
      line = try reader.requiredInteger("line")
      endLine = try reader.requiredInteger("endLine")
      stage = try reader.string("stage")
      sources = try reader.strings("sources", bytes: 0...ObjectReader.stringLimit) ?? []
      unknownSource = try reader.string("unknownSource")
      totals = try Totals(from: &reader)
    }

    package var members: JSONObject {
      var members: JSONObject = ["keyword": .string(keyword), "arguments": .string(arguments)]
      members.put("line", line)
      members.put("endLine", endLine)
      members.put("stage", stage)
      members.put("sources", sources)
      members.put("unknownSource", unknownSource)
      totals.put(into: &members)
      return members
    }
  }

  /// What no instruction of the build sees.
  package struct Unseen: WireObject, Equatable {
    package var totals: Totals
    /// Directories and files; none lies in another.
    package var paths: [Item]

    package init(totals: Totals, paths: [Item]) {
      self.totals = totals
      self.paths = paths
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      totals = try Totals(from: &reader)
      paths = try reader.list("paths") ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      totals.put(into: &members)
      members.put("paths", paths)
      return members
    }
  }

  /// A line that could be added at the end of the ignore file, and what would not be sent then.
  package struct Suggestion: WireObject, Equatable {
    package var pattern: String
    package var reason: String
    package var totals: Totals

    package init(pattern: String, reason: String, totals: Totals) {
      self.pattern = pattern
      self.reason = reason
      self.totals = totals
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      pattern = try reader.requiredString("pattern")
      reason = try reader.requiredString("reason")
      totals = try Totals(from: &reader)
    }

    package var members: JSONObject {
      var members: JSONObject = ["pattern": .string(pattern), "reason": .string(reason)]
      totals.put(into: &members)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    /// As in the answer to `context.digest`.
    package var totals: Totals
    package var dockerfile: String
    /// Nil where there is none, or none has any effect.
    package var ignoreFile: String?
    package var removed: Removed
    package var largest: [LargeFile]
    package var directories: [Item]
    package var ignored: [Ignored]
    package var instructions: [Instruction]
    /// Nil if it is not known.
    package var unseen: Unseen?
    package var suggestions: [Suggestion]

    package init(
      totals: Totals, dockerfile: String, ignoreFile: String?, removed: Removed, largest: [LargeFile],
      directories: [Item], ignored: [Ignored], instructions: [Instruction], unseen: Unseen?, suggestions: [Suggestion]
    ) {
      self.totals = totals
      self.dockerfile = dockerfile
      self.ignoreFile = ignoreFile
      self.removed = removed
      self.largest = largest
      self.directories = directories
      self.ignored = ignored
      self.instructions = instructions
      self.unseen = unseen
      self.suggestions = suggestions
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      totals = try Totals(from: &reader)
      dockerfile = try reader.requiredString("dockerfile")
      ignoreFile = try reader.string("ignoreFile")
      removed = try reader.requiredObject("removed")
      largest = try reader.list("largest") ?? []
      directories = try reader.list("directories") ?? []
      ignored = try reader.list("ignored") ?? []
      instructions = try reader.list("instructions") ?? []
      unseen = try reader.object("unseen")
      suggestions = try reader.list("suggestions") ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      totals.put(into: &members)
      members.put("dockerfile", dockerfile)
      members.put("ignoreFile", ignoreFile)
      members.put("removed", removed)
      members.put("largest", largest)
      members.put("directories", directories)
      members.put("ignored", ignored)
      members.put("instructions", instructions)
      members.put("unseen", unseen)
      members.put("suggestions", suggestions)
      return members
    }
  }
}
