/// How the records of an image's pull are shown, on its own or inside a build of the classic builder.
enum PullProgress {
  /// Labels and ids come from a registry.
  private static let textLimit = 256
  private static let doneStatuses: Set<String> = ["Pull complete", "Already exists", "Pushed", "Layer already exists"]

  static func event(for record: StatusRecord, step: String?) -> BuildEvent {
    let status = record.status.clipped(to: textLimit)
    guard let id = record.id?.clipped(to: textLimit), !id.isEmpty else {
      return .log(LogLine(stepId: step, stream: .console, bytes: Array(status.utf8)))
    }
    // Of the whole image, with its tag for an id.
    if status.hasPrefix("Pulling from ") {
      return .log(LogLine(stepId: step, stream: .console, bytes: Array("\(id): \(status)".utf8)))
    }
    let item = step.map { "\($0)/\(id)" } ?? id
    let label = "\(id) \(status)"
    if let current = record.current {
      let total = record.total.flatMap { $0 > 0 ? $0 : nil }
      return .progress(ProgressItem(itemId: item, label: label, current: max(0, current), total: total, unit: .bytes))
    }
    let isDone = doneStatuses.contains(record.status) || record.status.hasPrefix("Mounted from ")
    return .progress(ProgressItem(itemId: item, label: label, current: isDone ? 1 : 0, total: 1, unit: .items))
  }
}
