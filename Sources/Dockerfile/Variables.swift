/// Names and values that `FROM` may use.
struct Variables: Equatable {
  struct Variable: Equatable {
    /// Nil if there is one which cannot be known here.
    let value: [UInt8]?
    /// Versions of the Engine do not agree on the value.
    let isDisputed: Bool
  }

  /// Bytes that all expansions of one resolution may go through together, as values can be built from values.
  private static let totalLimit = 4 << 20

  private var byName: [String: Variable] = [:]
  private var total = 0

  /// Whether names that were not set may have a value all the same, from an image.
  var hasUnknownNames = false

  subscript(name: String) -> Variable? {
    byName[name] ?? (hasUnknownNames ? Variable(value: nil, isDisputed: false) : nil)
  }

  /// Takes the place of all names. What expansions went through stays counted.
  mutating func takeNames(of other: Variables) { byName = other.byName }

  mutating func set(_ name: String, to value: [UInt8]?, isDisputed: Bool = false) {
    byName[name] = Variable(value: value, isDisputed: isDisputed)
  }

  mutating func remove(_ name: String) { byName[name] = nil }

  /// - Returns: the text without quotes and escapes, and whether versions of the Engine may get another
  mutating func expand(
    _ word: ArraySlice<UInt8>, escape: UInt8
  ) throws(ShellLexer.Failure) -> (text: [UInt8], isDisputed: Bool) {
    guard total < Self.totalLimit else { throw .tooLong }
    var lexer = ShellLexer(word, mode: .expand(self), escape: escape)
    defer { total += lexer.processed }
    let text = try lexer.text()
    return (text, lexer.usedDisputedValue)
  }
}

extension Variables {
  /// The arguments that precede the first `FROM`, and those that the builder itself defines.
  init(arguments: [Instruction], escape: UInt8, options: ResolutionOptions, targetName: String) {
    self.init()
    if options.builder == .buildKit { definePlatforms(options, targetName: targetName) }
    for instruction in arguments {
      for word in ArgumentWords.cut(instruction.arguments, escape: escape) {
        let equals = word.firstIndex(of: UInt8(ascii: "="))
        let name = String(decoding: word[..<(equals ?? word.endIndex)], as: UTF8.self)
        if let given = options.buildArgs[name] {
          set(name, to: Array(given.utf8))
        } else if let equals {
          define(name, as: word[(equals + 1)...], escape: escape)
        } else {
          declare(name, builder: options.builder)
        }
      }
    }
  }

  private mutating func define(_ name: String, as word: ArraySlice<UInt8>, escape: UInt8) {
    do throws(ShellLexer.Failure) {
      let (value, isDisputed) = try expand(word, escape: escape)
      set(name, to: value, isDisputed: isDisputed)
    } catch {
      set(name, to: nil)
    }
  }

  /// `ARG NAME` without a value from anywhere. It takes an earlier value away, but not in new versions of BuildKit.
  private mutating func declare(_ name: String, builder: ResolutionOptions.Builder) {
    switch builder {
    case .classic: remove(name)
    case .buildKit:
      if let earlier = self[name] { set(name, to: earlier.value, isDisputed: true) }
    }
  }

  /// Build arguments override them.
  private mutating func definePlatforms(_ options: ResolutionOptions, targetName: String) {
    let engine = options.enginePlatform.flatMap { Platform(parsing: $0, default: nil) }
    var target = engine
    if let given = options.targetPlatform { target = Platform(parsing: given, default: engine) }
    var values: [(String, [UInt8]?)] = [("TARGETSTAGE", Array(targetName.utf8))]
    for (prefix, platform) in [("BUILD", engine), ("TARGET", target)] {
      values.append((prefix + "PLATFORM", platform.map { Array($0.description.utf8) }))
      values.append((prefix + "OS", platform.map { Array($0.os.utf8) }))
      values.append((prefix + "ARCH", platform.map { Array($0.architecture.utf8) }))
      values.append((prefix + "VARIANT", platform.map { Array($0.variant.utf8) }))
      values.append((prefix + "OSVERSION", []))
    }
    for (name, value) in values {
      set(name, to: options.buildArgs[name].map { Array($0.utf8) } ?? value)
    }
  }
}
