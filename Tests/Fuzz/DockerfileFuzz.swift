// sources: Sources/Dockerfile/*.swift

// A libFuzzer entry. Built in one module with the sources of the target:
//
//     swiftc -parse-as-library -package-name swiftdock -sanitize=fuzzer,address -O \
//       -o dockerfile-fuzz Sources/Dockerfile/*.swift Tests/Fuzz/DockerfileFuzz.swift

/// Reads any bytes as a Dockerfile and checks what the reader promises: ranges in order and inside the text, stages
/// that lie side by side, names that are named once. The first byte chooses the options.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  let text = Array(bytes.dropFirst())
  let file: Dockerfile
  do throws(DockerfileError) {
    file = try Dockerfile(parsing: text)
  } catch {
    let lineCount = text.count { $0 == 0x0A } + 1
    if let line = error.line { precondition((1...lineCount).contains(line), "an error beyond the text") }
    return 0
  }
  checkInstructions(file, lineCount: text.count { $0 == 0x0A } + 1)
  checkStages(file)
  let choice = bytes.first ?? 0
  let options = ResolutionOptions(
    builder: choice & 1 == 0 ? .buildKit : .classic, target: [nil, "a", "1", ""][Int(choice >> 1 & 3)],
    buildArgs: choice & 8 == 0 ? [:] : ["A": "x", "B": "$A"], targetPlatform: choice & 16 == 0 ? nil : "linux/arm/v7",
    enginePlatform: choice & 32 == 0 ? nil : "linux/amd64", readsHeredocs: choice & 64 == 0,
    triggers: choice & 128 == 0 ? [:] : ["a": [String(decoding: text, as: UTF8.self)]])
  checkResolution(file, options)
  precondition(file == (try? Dockerfile(parsing: text)), "two readings differ")
  return 0
}

private func checkInstructions(_ file: Dockerfile, lineCount: Int) {
  var last = 0
  for instruction in file.instructions {
    precondition(instruction.lines.lowerBound > last, "instructions overlap")
    last = instruction.lines.upperBound
    precondition(file.instruction(atLine: instruction.lines.lowerBound) == instruction, "not found at its first line")
    precondition(file.instruction(atLine: last) == instruction, "not found at its last line")
    var open = instruction.lines.lowerBound + 1
    for heredoc in instruction.heredocs {
      precondition(heredoc.lines.lowerBound >= open, "heredocs overlap")
      precondition(heredoc.lines.upperBound <= last + 1, "a heredoc leaves its instruction")
      open = heredoc.lines.upperBound
    }
    let trigger = instruction.trigger
    precondition((trigger != nil) == (instruction.keyword == "ONBUILD"), "a trigger without ONBUILD")
    precondition(trigger.map { $0.lines == instruction.lines } ?? true, "a trigger elsewhere")
  }
  precondition(last <= lineCount, "an instruction beyond the text")
}

private func checkStages(_ file: Dockerfile) {
  precondition(file.stages.count == file.instructions.count { $0.keyword == "FROM" }, "FROM without stage")
  for (index, stage) in file.stages.enumerated() {
    precondition(stage.index == index, "a wrong index")
    precondition(file.instructions[stage.instructions.lowerBound].keyword == "FROM", "a stage without FROM")
    let end = index + 1 < file.stages.count ? file.stages[index + 1].instructions.lowerBound : file.instructions.count
    precondition(stage.instructions.upperBound == end, "instructions between stages")
  }
}

private func checkResolution(_ file: Dockerfile, _ options: ResolutionOptions) {
  struct Key: Hashable {
    let reference: String
    let platform: String?
  }
  var seen: Set<Key> = []
  let images = file.namedImages(options)
  for image in images {
    precondition(ImageName.isPlausible(image.reference), "no image reference")
    precondition(image.reference != "scratch" || image.kind == .syntax, "scratch is no image")
    precondition(image.kind != .syntax || options.builder == .buildKit, "the classic builder has no syntax image")
    precondition(seen.insert(Key(reference: image.reference, platform: image.platform)).inserted, "named twice")
    if let lines = image.lines, image.kind != .syntax {
      precondition(file.instruction(atLine: lines.lowerBound)?.lines == lines, "an image without instruction")
    }
  }
  for name in file.unresolvedNames(options) where name.reason == .noSuchStage {
    precondition(Int(name.text) != nil, "a stage that was not asked for by number")
  }
  for feature in file.unsupportedFeatures(options) {
    precondition(file.instruction(atLine: feature.lines.lowerBound)?.lines == feature.lines, "a feature elsewhere")
  }
  // Of a target that does not exist, every stage counts; no target can reach more.
  var everything = options
  everything.target = "no/such/stage"
  let all = Resolution(file, everything).reachedSteps.count { _ in true }
  precondition(Resolution(file, options).reachedSteps.count { _ in true } <= all, "more than all stages")
}
