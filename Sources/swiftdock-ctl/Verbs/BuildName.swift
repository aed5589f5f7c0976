internal import SwiftDockClient
internal import SwiftDockProtocol

/// A build as people name it: its id, the beginning of one, or `latest`.
enum BuildName {
  /// Of a whole id, which is not looked up.
  private static let idLength = 32

  /// The id of the caller's build of that name.
  static func resolve(_ name: String, _ connection: inout BrokerConnection) throws(ProgramError) -> String {
    guard !name.isEmpty else { throw .usage("the name of a build is empty") }
    guard name.utf8.count < idLength else { return name }
    var matches: [String] = []
    var cursor: String?
    repeat {
      let isLatest = name == "latest"
      let page = try connection.ask(
        BuildList.self, .init(limit: isLatest ? 1 : BuildList.pageLimit, cursor: cursor))
      if isLatest {
        guard let newest = page.builds.first else { throw .noSuchBuild(name) }
        return newest.buildID
      }
      matches += page.builds.map(\.buildID).filter { $0.hasPrefix(name) }
      if matches.contains(name) { return name }
      cursor = page.nextCursor
    } while cursor != nil && matches.count < 2
    guard let match = matches.first else { throw .noSuchBuild(name) }
    guard matches.count == 1 else {
      throw .usage("\"\(name)\" begins several builds, among them \(matches[0]) and \(matches[1])")
    }
    return match
  }
}
