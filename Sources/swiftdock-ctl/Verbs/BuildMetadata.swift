internal import JSON
internal import SwiftDockProtocol

/// What `--metadata-file` holds: buildx's members, as far as there is something to put into them, and the broker's own.
enum BuildMetadata {
  static func json(_ build: Build, _ result: BuildResult) -> JSONValue {
    var members = JSONObject()
    members["buildId"] = .string(build.buildID)
    members["contextDigest"] = build.contextDigest.map(JSONValue.string)
    let pushed = result.tags.lazy.compactMap(\.digest).first
    // As buildx has it for an Engine's own builder: the image's id, until a push shows the manifest's digest.
    members["containerimage.digest"] = .string(pushed ?? result.imageID)
    if let pushed, pushed != result.imageID { members["containerimage.config.digest"] = .string(result.imageID) }
    let names = result.tags.filter(\.ok).compactMap { fullName($0.tag) }
    if !names.isEmpty { members["image.name"] = .string(names.joined(separator: ",")) }
    return .object(members)
  }

  private static func fullName(_ tag: String) -> String? {
    do throws(ImageReferenceError) { return try ImageReference(tag).full } catch { return nil }
  }
}
