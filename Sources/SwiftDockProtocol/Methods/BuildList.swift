package import JSON

/// `build.list`: newest first, a page at a time.
package enum BuildList: ProtocolMethod {
  package static let name = "build.list"
  package static let pageLimit = 500
  package static let defaultPage = 100

  package enum Scope: String, CaseIterable, Sendable {
    case mine
    /// Others' builds come without what would tell about their content, unless the caller is an admin.
    case all
  }

  package struct Params: MethodParams, Equatable {
    package var scope: Scope
    /// nil: all.
    package var states: [BuildState]?
    /// From 1.
    package var limit: Int
    /// `nextCursor` of the page before.
    package var cursor: String?

    package init(
      scope: Scope = .mine, states: [BuildState]? = nil, limit: Int = defaultPage, cursor: String? = nil
    ) {
      self.scope = scope
      self.states = states
      self.limit = limit
      self.cursor = cursor
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      scope = try reader.word("scope") ?? .mine
      states = try reader.words("states")
      limit = try reader.integer("limit", in: 1...pageLimit) ?? defaultPage
      cursor = try reader.string("cursor", bytes: 1...ObjectReader.stringLimit)
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("scope", word: scope)
      if let states { members.put("states", states.map(\.rawValue)) }
      members.put("limit", limit)
      members.put("cursor", cursor)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var builds: [Build]
    /// nil on the last page.
    package var nextCursor: String?

    package init(builds: [Build], nextCursor: String? = nil) {
      self.builds = builds
      self.nextCursor = nextCursor
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      builds = try reader.list("builds") ?? []
      nextCursor = try reader.string("nextCursor")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("builds", builds)
      members.put("nextCursor", nextCursor)
      return members
    }
  }
}
