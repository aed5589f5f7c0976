// sources: Sources/BuildContext/Ignore*.swift Sources/BuildContext/LexicalPath.swift
// sources: Sources/BuildContext/LenientUTF8.swift Sources/BuildContext/ContextWalker.swift

// Ignore files are other people's text, and a pattern must cost no more than its length. Compiled with
// Sources/BuildContext/{Ignore*,LexicalPath,LenientUTF8,ContextWalker}.swift, and nothing else:
//
//   swiftc -O -swift-version 6 -parse-as-library -package-name swiftdock -sanitize=fuzzer,address \
//     Tests/Fuzz/IgnoreFileFuzz.swift Sources/BuildContext/{Ignore*,LexicalPath,LenientUTF8,ContextWalker}.swift

/// Input: an ignore file, a NUL, and paths, each up to the next NUL.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: start, count: count)
  let fields = input.split(separator: 0, maxSplits: 16, omittingEmptySubsequences: false)
  guard let text = fields.first, let file = try? IgnoreFile(reading: Array(text)) else { return 0 }
  for line in file.lines {
    precondition(!line.pattern.isEmpty)
    if line.pattern.first != UInt8(ascii: "!") {
      precondition(LexicalPath.clean(line.pattern) == line.pattern, "cleaning is not idempotent")
    }
  }
  guard let rules = try? IgnoreRules(file, alwaysSent: [Array("Dockerfile".utf8)]) else { return 0 }
  for field in fields.dropFirst() {
    let components = LexicalPath.clean(Array(field)).split(separator: LexicalPath.slash)
    guard !components.isEmpty else { continue }
    walk(components, by: rules)
  }
  return 0
}

/// Asks for a path's ancestors and then for the path, as a walk does.
private func walk(_ components: [ArraySlice<UInt8>], by rules: IgnoreRules) {
  var parent: IgnoreRules.Hits = []
  var path: [UInt8] = []
  for component in components {
    if !path.isEmpty { path.append(LexicalPath.slash) }
    path += component
    var hits: IgnoreRules.Hits = []
    guard let isExcluded = try? rules.excludes(path, parent: parent, hits: &hits) else { return }
    precondition(!isExcluded || path != Array("Dockerfile".utf8), "the Dockerfile was excluded")
    let entersClassic = rules.mayHoldSentPaths(below: path, for: .classic)
    let entersBuildKit = rules.mayHoldSentPaths(below: path, for: .buildKit)
    // Names that look like the wildcards that BuildKit cuts off a pattern's end are the exception.
    precondition(
      !entersClassic || entersBuildKit || path.contains(UInt8(ascii: "*")), "BuildKit's walk is the wider one")
    parent = hits
  }
}
