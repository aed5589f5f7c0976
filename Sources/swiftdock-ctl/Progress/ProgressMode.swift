/// What is shown of a build that runs.
enum ProgressMode: String, CaseIterable {
  /// As `plain`.
  case auto
  case plain
  /// Each event as one line of JSON.
  case json
  /// Nothing but the failure.
  case none
}
