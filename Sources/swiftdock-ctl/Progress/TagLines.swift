internal import JSONRPC
internal import SwiftDockProtocol

/// What became of a build's tags, a line each, and one more with advice where there is some.
enum TagLines {
  static func text(_ tag: BuildResult.Tag) -> String {
    switch (tag.ok, tag.pushed) {
    case (true, true): "pushed \(tag.tag)" + (tag.digest.map { " " + $0 } ?? "")
    case (true, _): "tagged \(tag.tag)"
    case (false, nil): "not tagged \(tag.tag)" + reason(tag)
    case (false, _): "not pushed \(tag.tag)" + reason(tag)
    }
  }

  private static func reason(_ tag: BuildResult.Tag) -> String {
    guard let error = tag.error else { return "" }
    return ": \(error.message)" + (error.advice.map { "\n  " + $0 } ?? "")
  }
}
