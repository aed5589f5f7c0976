internal import BuildContext
package import SwiftDockProtocol

extension ContextExplain.Result {
  package init(_ explanation: Explanation) {
    self.init(
      totals: .init(explanation.sent), dockerfile: explanation.dockerfile, ignoreFile: explanation.ignoreFile,
      removed: .init(totals: .init(explanation.removed), unreadable: explanation.unreadable),
      largest: explanation.largest.map {
        .init(path: $0.path, sizeBytes: ContextExplain.Totals($0.totals).sizeBytes)
      },
      directories: explanation.directories.map(ContextExplain.Item.init),
      ignored: explanation.ignored.map { ignored in
        .init(
          pattern: ignored.line.text, line: ignored.line.number, entries: ignored.entries,
          totals: .init(ignored.totals), unreadable: ignored.unreadable)
      },
      instructions: explanation.instructions.map { instruction in
        .init(
          keyword: instruction.keyword, arguments: instruction.arguments, line: instruction.lines.lowerBound,
          endLine: instruction.lines.upperBound, stage: instruction.stage, sources: instruction.sources,
          unknownSource: instruction.unknownSource, totals: .init(instruction.totals))
      },
      unseen: explanation.unseen.map { unseen in
        .init(totals: .init(unseen.totals), paths: unseen.items.map(ContextExplain.Item.init))
      },
      suggestions: explanation.suggestions.map { suggestion in
        .init(pattern: suggestion.pattern, reason: suggestion.reason, totals: .init(suggestion.totals))
      })
  }
}

extension ContextExplain.Item {
  fileprivate init(_ item: Explanation.Item) { self.init(path: item.path, totals: .init(item.totals)) }
}

extension ContextExplain.Totals {
  /// Sparse files can be larger than any number on the wire.
  fileprivate init(_ totals: Totals) {
    let limit = ObjectReader.integers.upperBound
    self.init(files: min(totals.files, limit), sizeBytes: min(Int(totals.bytes), limit))
  }
}
