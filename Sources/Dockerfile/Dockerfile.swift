/// A Dockerfile as a value: its instructions and where they stand, its stages, the images it names.
///
/// The reader follows BuildKit's (`frontend/dockerfile` of moby/buildkit) where that decides what is an instruction,
/// what a stage, what the name of an image; it leaves to the Engine to say what is wrong with an instruction. Any
/// bytes are read in linear time and without a trap.
package struct Dockerfile: Sendable, Equatable {
  /// Bytes that a Dockerfile may have.
  package static let sizeLimit = 1 << 20
  /// Instructions that a Dockerfile may have. An image has 127 layers at most.
  package static let instructionLimit = 32_768

  /// Those that are in force, in order.
  package let directives: [Directive]
  /// The image that is to read this text in the place of BuildKit's own reader: `# syntax=`, or `// syntax=` or a JSON
  /// member, which only other languages have. The classic builder takes no notice.
  package let syntax: SyntaxImage?
  /// A backslash or a backtick.
  package let escape: UInt8
  package let instructions: [Instruction]
  package let stages: [Stage]
  /// A `# syntax=` line that BuildKit obeyed before it checked the names of the directives above it. 1-based.
  let disputedSyntaxLine: Int?

  /// Reads a whole Dockerfile, with or without byte order mark, with LF or CRLF.
  ///
  /// A text that names a `syntax` image may be in another language: only the limits are errors then. The triggers in an
  /// image's configuration can be read with this, too, each as a Dockerfile without stages.
  package init(parsing bytes: [UInt8]) throws(DockerfileError) {
    guard bytes.count <= Self.sizeLimit else { throw .tooLarge(limitBytes: Self.sizeLimit) }
    var text = bytes[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }

    let top = DirectiveReader(text)
    if let failure = top.failure, top.syntax == nil { throw failure }
    directives = top.directives
    syntax = top.syntax
    escape = top.escape
    disputedSyntaxLine = top.disputedSyntaxLine

    var reader = InstructionReader(text, escape: top.escape, endClosesHeredocs: top.syntax != nil)
    var instructions: [Instruction] = []
    while let instruction = try reader.next() {
      guard instructions.count < Self.instructionLimit else {
        throw .tooManyInstructions(limit: Self.instructionLimit, line: instruction.lines.lowerBound)
      }
      instructions.append(instruction)
    }
    if instructions.isEmpty, top.syntax == nil { throw .empty }
    self.instructions = instructions
    stages = Stage.all(in: instructions)
  }

  /// The instruction that covers a 1-based line; nil for comments and blank lines between instructions.
  package func instruction(atLine line: Int) -> Instruction? {
    var low = instructions.startIndex
    var high = instructions.endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if instructions[middle].lines.upperBound < line { low = middle + 1 } else { high = middle }
    }
    guard low < instructions.endIndex, instructions[low].lines.contains(line) else { return nil }
    return instructions[low]
  }

  /// Instructions with the triggers of the `ONBUILD` ones among them.
  private var instructionsAndTriggers: some Sequence<Instruction> {
    instructions.lazy.map { $0.trigger ?? $0 }
  }

  /// A `RUN` anywhere, in an `ONBUILD` too, has a cache mount, or a mount whose type depends on a variable.
  package var usesCacheMounts: Bool {
    instructionsAndTriggers.contains { instruction in
      instruction.mounts.contains { $0.type == "cache" || $0.type.utf8.contains(UInt8(ascii: "$")) }
    }
  }

  /// An `ADD` anywhere, in an `ONBUILD` too, has a source that the Engine would fetch, or one with a variable in it.
  package var namesRemoteAdd: Bool {
    instructionsAndTriggers.contains { instruction in
      instruction.addSources(escape: escape).contains { $0.kind != .context }
    }
  }
}
