extension Dockerfile {
  /// The text of this Dockerfile with names of images replaced, for an Engine that would ask a registry what they name.
  /// Lines keep their numbers. The triggers of images are not in the text, and stay as they are.
  ///
  /// - Parameters:
  ///   - text: what this value was read from.
  ///   - replacement: for an image that the build takes from outside, the name to put there; nil for the one it has.
  /// - Returns: nil where nothing is replaced, and where a name stands in a place that cannot be told for certain, or is
  ///   written in a way (quotes, escapes) that leaves doubt about what to replace.
  package func replacingNames(
    in text: [UInt8], _ options: ResolutionOptions, by replacement: (NamedImage) -> String?
  ) -> [UInt8]? {
    guard unresolvedNames(options).isEmpty else { return nil }
    var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    var hasReplaced = false
    if let syntax, let image = namedImages(options).first, image.kind == .syntax, image.lines != nil,
      let name = replacement(image)
    {
      guard lines[syntax.line - 1].first == UInt8(ascii: "#") else { return nil }
      lines[syntax.line - 1] = Array("# syntax=\(name)".utf8)
      hasReplaced = true
    }
    for source in Resolution(self, options).reachedSources {
      guard case .image(let reference) = source.origin, let instruction = instruction(atLine: source.lines.lowerBound),
        let name = replacement(
          NamedImage(reference: reference, platform: source.platform, kind: source.kind, lines: source.lines))
      else { continue }
      switch (source.kind, instruction.keyword) {
      case (.base, "FROM"):
        guard let from = instruction.renamed(name) else { return nil }
        for line in instruction.lines { lines[line - 1] = [] }
        lines[instruction.lines.lowerBound - 1] = Array(from.utf8)
      case (.copySource, "COPY"), (.copySource, "ADD"), (.mountSource, "RUN"):
        guard instruction.replace(reference, by: name, in: &lines) else { return nil }
      default: continue  // A trigger of an image, at the line of the `FROM`.
      }
      hasReplaced = true
    }
    return hasReplaced ? Array(lines.joined(separator: CollectionOfOne(0x0A))) : nil
  }
}

extension Instruction {
  /// A `FROM` of another image; nil where this one has more than can be written again.
  fileprivate func renamed(_ name: String) -> String? {
    var words = ["FROM"]
    for flag in flags {
      guard flag.name == "platform", let value = flag.value, value.utf8.allSatisfy(\.isPlain) else { return nil }
      words.append("--platform=\(value)")
    }
    let rest = arguments.utf8.split { $0.isWordSeparator }.map { String(Substring($0)) }.dropFirst()
    guard rest.isEmpty || rest.count == 2 else { return nil }
    return (words + [name] + rest).joined(separator: " ")
  }

  /// Replaces the only `from=NAME` of the instruction, heredocs left out.
  fileprivate func replace(_ old: String, by new: String, in lines: inout [[UInt8]]) -> Bool {
    let key = Array("from=".utf8)
    let needle = key + Array(old.utf8)
    let end = heredocs.map(\.lines.lowerBound).min() ?? self.lines.upperBound + 1
    var places: [(line: Int, range: Range<Int>)] = []
    for line in self.lines.lowerBound..<end {
      let text = lines[line - 1]
      for start in text.indices.dropLast(needle.count - 1) where text[start...].starts(with: needle) {
        let after = start + needle.count
        guard start > 0, "-,=".utf8.contains(text[start - 1]),
          after == text.count || text[after].isWordSeparator || text[after] == UInt8(ascii: ",")
        else { continue }
        places.append((line - 1, (start + key.count)..<after))
      }
    }
    guard let place = places.first, places.count == 1 else { return false }
    lines[place.line].replaceSubrange(place.range, with: Array(new.utf8))
    return true
  }
}

extension UInt8 {
  /// Means nothing but itself in a flag: no quote, no escape.
  fileprivate var isPlain: Bool { isASCIILetter || isASCIIDigit || "/_.-${}:".utf8.contains(self) }
}
