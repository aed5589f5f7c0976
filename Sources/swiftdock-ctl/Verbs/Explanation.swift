internal import SwiftDockProtocol

/// The answer to `build.explain` as people read it: a sentence with everything in short, then the paths.
enum Explanation {
  /// - Parameter nowMs: since the epoch.
  static func lines(_ result: BuildExplain.Result, nowMs: Int) -> [String] {
    guard let comparison = result.comparison else { return [unknown(result)] }
    let age = ElapsedTime.text(ms: nowMs - comparison.againstCreatedAtMs)
    let other = "\(short(comparison.against)) (\(age) ago)"
    if comparison.same {
      let work = comparison.joined ? "They shared their work." : "Its work was asked for again."
      return ["The same as \(other): files, options and base images do not differ. \(work)"]
    }
    var reasons = comparison.files.map(counts) ?? ["files differ, which ones is not known any more"]
    reasons += comparison.options.map { option($0) + " differs" }
    add(comparison.optionCount - comparison.options.count, "options differ", to: &reasons)
    reasons += comparison.base.map(image)
    add(comparison.baseCount - comparison.base.count, "base images differ", to: &reasons)
    let files = comparison.files.map(paths) ?? []
    return ["Not a repeat of \(other): " + reasons.joined(separator: "; ")] + Columns.aligned(files)
  }

  private static func unknown(_ result: BuildExplain.Result) -> String {
    let build = short(result.buildID)
    switch result.unknown {
    case .build: return "The context of \(build) was not read, or not yet: there is nothing to compare."
    case .against: return "The context of the other build was not read, or not yet: there is nothing to compare."
    case .path:
      return "\(build) did not come from a directory that the broker reads: name the build to compare it with."
    case .first: return "No earlier build of the same directory and Dockerfile is remembered."
    case .manifest, nil: return "The broker does not say how \(build) differs."
    }
  }

  private static func short(_ build: String) -> String { String(build.prefix(12)) }

  private static func counts(_ files: BuildExplain.Files) -> [String] {
    let parts = [(files.changedCount, "changed"), (files.addedCount, "added"), (files.removedCount, "removed")]
      .filter { $0.0 > 0 }
    guard let first = parts.first else { return [] }
    let noun = first.0 == 1 ? "file" : "files"
    return ["\(first.0) \(noun) \(first.1)\(parts.dropFirst().map { ", \($0.0) \($0.1)" }.joined())"]
  }

  private static func add(_ count: Int, _ what: String, to reasons: inout [String]) {
    if count > 0 { reasons.append("\(count) more \(what)") }
  }

  /// Options as the flags of `build` are known; the others by their names.
  private static func option(_ name: String) -> String {
    for (prefix, noun) in [("buildArgs.", "build argument"), ("labels.", "label")] where name.hasPrefix(prefix) {
      return "\(noun) \(name.dropFirst(prefix.count))"
    }
    return switch name {
    case "dockerfile", "dockerfileText": "the Dockerfile's \(name == "dockerfile" ? "name" : "text")"
    case "extraHosts": "--add-host"
    case "cacheFrom": "--cache-from"
    case "noCache": "--no-cache"
    case "registryAuth": "a registry's login"
    case "engine": "the Engine"
    case "cacheMounts": "the use of cache mounts"
    default: "--\(name)"
    }
  }

  private static func image(_ image: BuildExplain.Image) -> String {
    switch (image.before, image.after) {
    case (let before?, let after?): "base image \(image.image) was \(id(before)), is \(id(after))"
    case (let before?, nil): "base image \(image.image) was \(id(before)), is not used or missing"
    case (nil, let after?): "base image \(image.image) was not used or missing, is \(id(after))"
    case (nil, nil): "base image \(image.image) is used by one of them only, and missing"
    }
  }

  /// With as many digits as `docker image ls` shows.
  private static func id(_ image: String) -> String { String(image.prefix("sha256:".count + 12)) }

  private static func paths(_ files: BuildExplain.Files) -> [[String]] {
    var rows = files.changed.map { ["  changed", "\(shown($0.path)) (\($0.what.joined(separator: ", ")))"] }
    rows += rest(files.changedCount - files.changed.count, "changed")
    rows += files.added.map { ["  added", shown($0)] }
    rows += rest(files.addedCount - files.added.count, "added")
    rows += files.removed.map { ["  removed", shown($0)] }
    return rows + rest(files.removedCount - files.removed.count, "removed")
  }

  /// Names of files may hold what a terminal would obey.
  private static func shown(_ path: String) -> String {
    path.unicodeScalars.map { scalar in
      guard scalar.properties.generalCategory == .control else { return String(scalar) }
      return "\\u{\(String(scalar.value, radix: 16))}"
    }.joined()
  }

  private static func rest(_ count: Int, _ word: String) -> [[String]] {
    count > 0 ? [["  \(word)", "\(count) more"]] : []
  }
}
