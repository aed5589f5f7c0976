internal import BuildScheduling
internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// Bytes of a page's builds: an answer has to stay below the limit for messages.
  private static let pageBytes = 3 << 20

  /// The build of that id, for whom it exists.
  func find(_ id: String, for session: Session) throws(RPCError) -> BuildRecord {
    guard let build = builds[id], isVisible(build, to: session) else {
      throw RPCError(
        .buildNotFound, "There is no build \(id.prefix(64)).",
        hint: "It may be too old to be remembered; build.list shows those that are.")
    }
    return build
  }

  /// Root and the broker's own user see everything, which in a broker of one user is every peer.
  func isVisible(_ build: BuildRecord, to session: Session) -> Bool {
    session.peer.uid == build.ownerUID || session.peer.uid == 0 || session.peer.uid == geteuid()
  }

  /// `build.list`: newest first. The cursor names the last build of the page before.
  func list(_ params: BuildList.Params, _ session: Session) throws(RPCError) -> BuildList.Result {
    var found = builds.values.filter { build in
      concerns(build, session, params.scope) && (params.states?.contains(build.state) ?? true)
    }
    found.sort { ($0.createdAtMs, $0.id.text) > ($1.createdAtMs, $1.id.text) }
    if let cursor = params.cursor {
      guard let after = Self.parse(cursor: cursor) else {
        throw RPCError(ShapeError(path: "/cursor", expected: "the nextCursor of another page"))
      }
      found = found.filter { ($0.createdAtMs, $0.id.text) < after }
    }
    var page: [Build] = []
    var bytes = 0
    for build in found.prefix(params.limit) {
      let description = describe(build)
      bytes += JSONWriter.bytes(of: description.json).count
      if bytes > Self.pageBytes, !page.isEmpty { break }
      page.append(description)
    }
    let last = page.count < found.count ? page.last : nil
    return BuildList.Result(builds: page, nextCursor: last.map { "\($0.createdAtMs).\($0.buildID)" })
  }

  private static func parse(cursor: String) -> (Int, String)? {
    let parts = cursor.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let time = Int(parts[0]) else { return nil }
    return (time, String(parts[1]))
  }
}
