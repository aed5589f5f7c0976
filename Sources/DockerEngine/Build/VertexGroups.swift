/// Makes one vertex of those that BuildKit wants to be shown as one, such as the parts of a `COPY --link` (buildkit
/// `solver/pb/ops.proto`, ProgressGroup).
///
/// The one has the group's name. It is cached and has ended where all of the group are and have, runs from the first
/// start to the last end, and has the first error.
struct VertexGroups {
  private static let keyPrefix = "group:"
  /// Vertexes that count in one group.
  private static let memberLimit = 256

  /// By the group's id: its vertexes, in the order in which they were announced.
  private var groups: [String: [BuildTrace.Vertex]] = [:]
  private var keys: [String: String] = [:]
  private var left: Int

  /// - Parameter limit: vertexes in groups. Those beyond it stand for themselves.
  init(limit: Int) { left = limit }

  /// What the step is known by that a vertex belongs to: the digest of the vertex, or the key of its group.
  func key(of digest: String) -> String { keys[digest] ?? digest }

  /// The vertex as it is to be shown.
  mutating func merging(_ vertex: BuildTrace.Vertex) -> BuildTrace.Vertex {
    guard let group = vertex.group, !group.id.isEmpty else { return vertex }
    let key = Self.keyPrefix + group.id
    if keys[vertex.digest] == nil {
      guard left > 0, groups[group.id, default: []].count < Self.memberLimit else { return vertex }
      left -= 1
      keys[vertex.digest] = key
      groups[group.id, default: []].append(vertex)
    } else if let index = groups[group.id]?.firstIndex(where: { $0.digest == vertex.digest }) {
      groups[group.id]?[index] = vertex
    }
    let members = groups[group.id] ?? []
    let ends = members.compactMap(\.completed)
    return BuildTrace.Vertex(
      digest: key, name: group.name.isEmpty ? vertex.name : group.name, isCached: members.allSatisfy(\.isCached),
      started: members.compactMap(\.started).min(), completed: ends.count == members.count ? ends.max() : nil,
      error: members.first { !$0.error.isEmpty }?.error ?? "")
  }
}
