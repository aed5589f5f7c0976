/// Why some bytes are not read as a Dockerfile. Lines are 1-based.
///
/// Only what leaves the reader without a reading is an error. Unknown instructions, flags and malformed arguments are
/// not: the Engine reports those better, with the rules of its own version.
package enum DockerfileError: Error, Equatable {
  case tooLarge(limitBytes: Int)
  case tooManyInstructions(limit: Int, line: Int)
  case tooManyHeredocs(limit: Int, line: Int)
  /// No instruction at all: nothing, or only blank lines and comments.
  case empty
  /// `# escape=` with anything but a backslash or a backtick.
  case invalidEscape(line: Int)
  case duplicateDirective(name: String, line: Int)
  /// The instruction at `line` opens a heredoc whose delimiter does not come; its first 64 bytes.
  case unterminatedHeredoc(delimiter: String, line: Int)

  /// The line to show, where there is one.
  package var line: Int? {
    switch self {
    case .tooLarge, .empty: nil
    case .tooManyInstructions(_, let line), .tooManyHeredocs(_, let line), .invalidEscape(let line),
      .duplicateDirective(_, let line), .unterminatedHeredoc(_, let line):
      line
    }
  }
}

extension DockerfileError: CustomStringConvertible {
  /// One sentence for people.
  package var description: String {
    switch self {
    case .tooLarge(let limit): "the Dockerfile is larger than \(limit) bytes"
    case .tooManyInstructions(let limit, _): "the Dockerfile has more than \(limit) instructions"
    case .tooManyHeredocs(let limit, _): "the instruction opens more than \(limit) heredocs"
    case .empty: "the Dockerfile has no instructions"
    case .invalidEscape: "the escape directive must name a backslash or a backtick"
    case .duplicateDirective(let name, _): "only one \(name) directive can be used"
    case .unterminatedHeredoc(let delimiter, _): "the heredoc is not closed by a line that holds only \(delimiter)"
    }
  }
}
