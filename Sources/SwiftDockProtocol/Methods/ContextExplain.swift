package import JSON

/// `context.explain`: why a context is as large as it is, without building and without reading its files.
package enum ContextExplain: ProtocolMethod {
  package static let name = "context.explain"

  package struct Params: MethodParams, Equatable {
    package var files: ContextFiles
    package var builder: Builder
    /// Decides which stages are built.
    package var target: String?
    /// Names are unique, in the order given.
    package var buildArgs: [NamedValue]

    package init(
      _ files: ContextFiles, builder: Builder = .auto, target: String? = nil, buildArgs: [NamedValue] = []
    ) {
      self.files = files
      self.builder = builder
      self.target = target
      self.buildArgs = buildArgs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      files = try ContextFiles(from: &reader)
      builder = try reader.word("builder") ?? .auto
      target = try reader.string("target", bytes: 1...ObjectReader.stringLimit)
      buildArgs = try reader.map("buildArgs") ?? []
    }

    package var members: JSONObject {
      var members = files.members
      members.put("builder", word: builder)
      members.put("target", target)
      members.put("buildArgs", map: buildArgs)
      return members
    }

    package var isLongRunning: Bool { true }
  }
}
