/// One instruction of a Dockerfile, as written.
package struct Instruction: Sendable, Equatable {
  /// `--name=value` between the keyword and the arguments.
  package struct Flag: Sendable, Equatable {
    /// As written, without the two hyphens.
    package let name: String
    /// Without quotes and escapes; nil without an equals sign.
    package let value: String?
  }

  /// In upper case. Empty or unknown where the text is no instruction; the Engine reports that.
  package let keyword: String
  package let flags: [Flag]
  /// What follows the flags, continuation lines joined, without white space at the ends. Quotes, escapes and variables
  /// are as written; bytes that are not UTF-8 are U+FFFD.
  package let arguments: String
  package let heredocs: [Heredoc]
  /// 1-based. Covers continuation lines and heredocs with their delimiters.
  package let lines: ClosedRange<Int>
  /// The Engine's versions do not all read these lines alike, see `InstructionReader`.
  package let isReadDifferently: Bool

  /// The keywords that the Engine knows.
  package static let knownKeywords: Set<String> = [
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
  ]

  package var isKnown: Bool { Self.knownKeywords.contains(keyword) }

  /// The values of all flags of that name.
  package func values(ofFlag name: String) -> [String] {
    flags.filter { $0.name == name }.compactMap(\.value)
  }

  /// The instruction that an `ONBUILD` keeps for the builds that start from its image; nil for other keywords.
  package var trigger: Instruction? {
    guard keyword == "ONBUILD" else { return nil }
    let parts = InstructionParts(Array(arguments.utf8)[...])
    return Instruction(parts, heredocs: heredocs, lines: lines, isReadDifferently: isReadDifferently)
  }

  /// The same at other lines, for the trigger of an image.
  init(_ other: Instruction, at lines: ClosedRange<Int>) {
    keyword = other.keyword
    flags = other.flags
    arguments = other.arguments
    heredocs = other.heredocs
    isReadDifferently = other.isReadDifferently
    self.lines = lines
  }

  init(_ parts: InstructionParts, heredocs: [Heredoc], lines: ClosedRange<Int>, isReadDifferently: Bool) {
    keyword = parts.keyword
    flags = parts.flags
    arguments = String(decoding: parts.arguments, as: UTF8.self)
    self.heredocs = heredocs
    self.lines = lines
    self.isReadDifferently = isReadDifferently
  }
}

/// A text inside the Dockerfile, opened by `<<DELIMITER` in a `RUN`, `COPY` or `ADD`.
package struct Heredoc: Sendable, Equatable {
  /// Without quotes and escapes.
  package let delimiter: String
  /// Variables in the text are replaced: no part of the delimiter was quoted.
  package let isExpanded: Bool
  /// `<<-`: tabs at the start of lines do not count.
  package let stripsTabs: Bool
  /// 1-based, without the line of the delimiter; empty at that line if there is no text.
  package let lines: Range<Int>
}
