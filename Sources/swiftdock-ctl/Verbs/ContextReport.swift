internal import SwiftDockProtocol

/// The answer to `context.explain` as people read it: the totals, then a table for each question. Directories and files
/// of less than a hundredth of the whole are left out, unless nothing else is there.
enum ContextReport {
  static func lines(_ result: ContextExplain.Result) -> [String] {
    var lines = Columns.aligned(summary(result))
    func add(_ title: String, _ rows: [[String]]) {
      guard !rows.isEmpty else { return }
      lines += ["", title] + Columns.aligned(rows).map { "  " + $0 }
    }
    let least = result.totals.sizeBytes / 100
    func weighty<Value>(_ values: [Value], _ bytes: (Value) -> Int) -> [Value] {
      let found = values.filter { bytes($0) >= least }
      return found.isEmpty ? values : found
    }
    add("Directories", weighty(result.directories, \.totals.sizeBytes).map(row))
    add("Largest files", weighty(result.largest, \.sizeBytes).map { [ByteCount.text($0.sizeBytes), $0.path] })
    add("What each line of \(result.ignoreFile ?? ".dockerignore") does", result.ignored.map(row))
    add("What instructions of \(result.dockerfile) see", result.instructions.map(row))
    add("What no instruction sees", weighty(result.unseen?.paths ?? [], \.totals.sizeBytes).map(row))
    let suggestions = result.suggestions.map { suggestion in
      [suggestion.pattern, "saves \(ByteCount.text(suggestion.totals.sizeBytes))", suggestion.reason]
    }
    add("Lines for the end of \(result.ignoreFile ?? ".dockerignore")", suggestions)
    return lines
  }

  private static func summary(_ result: ContextExplain.Result) -> [[String]] {
    var rows = [["Sent"] + row(result.totals)]
    var removed = ["Left out"] + row(result.removed.totals)
    if result.removed.unreadable > 0 { removed.append("and \(result.removed.unreadable) that cannot be read") }
    if result.ignoreFile != nil { rows.append(removed) }
    if let unseen = result.unseen {
      rows.append(["Unseen"] + row(unseen.totals) + ["sent, and no instruction can see it"])
    } else {
      rows.append(["Unseen", "unknown", "", "an instruction may see everything"])
    }
    return rows
  }

  private static func row(_ totals: ContextExplain.Totals) -> [String] {
    [ByteCount.text(totals.sizeBytes), totals.files == 1 ? "1 file" : "\(totals.files) files"]
  }

  private static func row(_ item: ContextExplain.Item) -> [String] { row(item.totals) + [item.path] }

  private static func row(_ ignored: ContextExplain.Ignored) -> [String] {
    let isException = ignored.pattern.hasPrefix("!")
    let effect =
      switch (ignored.entries, isException) {
      case (0, true): "brings nothing back"
      case (0, false): "removes nothing"
      case (_, true): "brought back"
      case (_, false): "removed"
      }
    let unreadable = ignored.unreadable > 0 ? "\(ignored.unreadable) cannot be read" : ""
    return row(ignored.totals) + ["\(ignored.line):", ignored.pattern, effect, unreadable]
  }

  private static func row(_ instruction: ContextExplain.Instruction) -> [String] {
    let text = printable("\(instruction.keyword) \(instruction.arguments)", limit: 60)
    let unknown = instruction.unknownSource.map { "may see everything: \(printable($0, limit: 40)) is not known" } ?? ""
    return row(instruction.totals) + ["\(instruction.line):", text, unknown]
  }

  /// One line, without what terminals obey.
  private static func printable(_ text: String, limit: Int) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      guard line.unicodeScalars.count < limit else { return line + "…" }
      line.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return line
  }
}
