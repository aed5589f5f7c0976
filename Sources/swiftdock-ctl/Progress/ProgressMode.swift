/// What is shown of a build that runs.
enum ProgressMode: String, CaseIterable {
  /// As `plain`.
  case auto
  case plain
  /// Everything on standard error as one line of JSON each: notifications as `{method, params}`, the program's own words
  /// as `{message}`, at last the build as `{result}`.
  case json
  /// Nothing but the failure.
  case none
}
