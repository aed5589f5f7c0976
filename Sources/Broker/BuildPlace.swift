internal import SwiftDockProtocol

/// Which builds are repeats of each other, as people see it: those of one directory and one Dockerfile.
struct BuildPlace: Equatable {
  private let directory: [Substring]
  /// nil for a text.
  private let dockerfile: String?

  /// nil where the files did not come from a directory that the broker reads.
  init?(_ params: BuildParams) {
    guard case .path(let path) = params.context else { return nil }
    directory = path.split(separator: "/")
    dockerfile = params.dockerfileText == nil ? params.dockerfile : nil
  }
}
