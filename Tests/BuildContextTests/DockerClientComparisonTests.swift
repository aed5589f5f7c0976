import BuildContext
import Testing

/// The installed docker client sends random trees with random ignore files to a recorder; what it sends is compared
/// with our archive, byte by byte.
@Suite(.serialized, .enabled(if: Shell.output(of: "command -v docker").status == 0, "there is no docker client"))
struct DockerClientComparisonTests {
  @Test(arguments: 0..<40 as Range<UInt64>)
  func classicClientSendsTheSameBytes(seed: UInt64) throws {
    let place = try TemporaryTree()
    let engine = try RecordingEngine(socketPath: place.path("engine.sock"))
    defer { engine.stop() }
    try place.directory("config")
    try place.directory("tree")
    var maker = RandomTree(seed: seed, root: "tree", place: place)
    try maker.make()

    let client = Shell.output(
      of: """
        DOCKER_BUILDKIT=0 DOCKER_CONFIG='\(place.path("config"))' DOCKER_CONTEXT= \
        docker -H 'unix://\(engine.socketPath)' build '\(place.path("tree"))' 2>&1
        """)
    let source = ContextSource(root: place.path("tree"), walker: .classic)
    let note = Comment(rawValue: "\(maker.ignoreFile.debugDescription)\n\(client.text)")
    guard client.status == 0 else {
      #expect(
        client.text.contains("syntax error in pattern") || client.text.contains("illegal exclusion pattern"), note)
      let error = #expect(throws: ContextError.self, note) { try ContextSnapshot(measuring: source) }
      guard case .ignoreFileInvalid = error else {
        Issue.record("\(String(describing: error)) \(note)")
        return
      }
      return
    }
    let expected = try #require(engine.takeLastBody(), note)
    var archive = try ContextSnapshot(measuring: source).tar()
    // Only ours guards a first member with an extended header.
    if archive[156] == UInt8(ascii: "g") { archive.removeFirst(1024) }
    #expect(archive == expected, note)
  }

  /// The client puts what it adds at the end of its archive and names it by chance; what it holds is compared.
  @Test(arguments: [nil, "", "x\n", "x\n!.*", "*"])
  func classicClientHidesADockerfileThatIsGivenAsTextTheSameWay(ignoreFile: String?) throws {
    let place = try TemporaryTree()
    let engine = try RecordingEngine(socketPath: place.path("engine.sock"))
    defer { engine.stop() }
    for name in ["config", "tree", "theirs", "ours"] { try place.directory(name) }
    try place.file("tree/x", "x")
    try place.file("tree/y", "y")
    if let ignoreFile { try place.file("tree/.dockerignore", ignoreFile, mode: 0o640) }
    try place.file("text", "FROM scratch\n")

    let client = Shell.output(
      of: """
        DOCKER_BUILDKIT=0 DOCKER_CONFIG='\(place.path("config"))' DOCKER_CONTEXT= \
        docker -H 'unix://\(engine.socketPath)' build -f - '\(place.path("tree"))' < '\(place.path("text"))' 2>&1
        """)
    try #require(client.status == 0, Comment(rawValue: client.text))
    // The client leaves out the end.
    try place.file("theirs.tar", bytes: try #require(engine.takeLastBody()) + [UInt8](repeating: 0, count: 2048))
    let source = ContextSource(
      root: place.path("tree"), dockerfileText: Array("FROM scratch\n".utf8), walker: .classic)
    let snapshot = try ContextSnapshot(measuring: source)
    try place.file("ours.tar", bytes: try snapshot.tar())
    let contents = Shell.output(
      of: """
        cd '\(place.root)' && for each in theirs ours; do
          tar xpf $each.tar -C $each && cd $each && name=$(echo .dockerfile.*) && test ${#name} = 32 &&
          for file in $(find . -type f | sort); do stat -c '%a %n' $file; cat $file; echo; done |
            sed "s/$name/.dockerfile.NAME/" > ../$each.txt; cd ..
        done 2>&1; cat ours.txt; cmp theirs.txt ours.txt
        """)
    #expect(contents.status == 0, Comment(rawValue: contents.text))
    #expect(contents.text.contains("600 ./.dockerfile.NAME\nFROM scratch\n"))
  }
}

/// A tree and an ignore file that are the same for the same seed.
private struct RandomTree {
  private(set) var ignoreFile = ""
  private let root: String
  private let place: TemporaryTree
  private var generator: SplitMix64
  private var files: [String] = []

  private static let names = [
    "a", "b", "c", "foo", "bar", "foo.txt", "x.go", "keep.txt", "a.b", "[x]", "é", "a b", "node_modules", ".git", "\\q",
    "^c", "a^", "$d", "d+", "(e)", "A1", "w_1",
  ]
  private static let components = [
    "*", "**", "a", "b", "foo", "?", "*.txt", "keep.txt", "[a-c]", "foo*", "**a", "a**", ".", "..", "é", "node_modules",
    "[^b]",
  ]
  private static let fragments = [
    "*", "**", "?", "a", "b", "*.txt", "**/", "/", ".", "[a-c]", "[^a]", "keep.txt", "\\*", "[*]", "[?x]", "^", "é",
    "!",
    " ", "\\w", "\\D", "\\x41", "[[:alpha:]]", "$", "+", "(", "}", "[!a]", "\\101",
  ]

  init(seed: UInt64, root: String, place: TemporaryTree) {
    self.root = root
    self.place = place
    generator = SplitMix64(state: seed)
  }

  mutating func make() throws {
    try fill(root, depth: 0)
    try place.file("\(root)/Dockerfile", "FROM scratch\n")
    let lines = (0..<Int.random(in: 1...6, using: &generator)).map { _ in pattern() }
    ignoreFile = lines.joined(separator: "\n")
    try place.file("\(root)/.dockerignore", ignoreFile)
  }

  private mutating func fill(_ directory: String, depth: Int) throws {
    let count = Int.random(in: (depth == 0 ? 3 : 0)...6, using: &generator)
    for name in Self.names.shuffled(using: &generator).prefix(count) {
      let path = "\(directory)/\(name)"
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<45 where depth < 4:
        try place.directory(path)
        try fill(path, depth: depth + 1)
      case 85..<92:
        try place.link(
          path, to: ["a", "../b", "/etc", String(repeating: "x", count: 120)].randomElement(using: &generator) ?? "a")
      case 92...:
        if let first = files.randomElement(using: &generator) { try place.hardLink(path, to: first) }
      default:
        try place.file(
          path, "\(generator.next())", mode: [0o644, 0o600, 0o755, 0o4755].randomElement(using: &generator) ?? 0o644)
        files.append(path)
      }
    }
  }

  private mutating func pattern() -> String {
    let count = Int.random(in: 1...4, using: &generator)
    let isPath = Bool.random(using: &generator)
    let parts = (0..<count).map { _ in
      (isPath ? Self.components : Self.fragments).randomElement(using: &generator) ?? ""
    }
    var pattern = parts.joined(separator: isPath ? "/" : "")
    if Int.random(in: 0..<3, using: &generator) == 0 { pattern = "!" + pattern }
    if Int.random(in: 0..<10, using: &generator) == 0 { pattern = "/" + pattern }
    if Int.random(in: 0..<10, using: &generator) == 0 { pattern += "/\r" }
    return pattern
  }
}

/// Sebastiano Vigna's generator; its whole state is the seed.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
