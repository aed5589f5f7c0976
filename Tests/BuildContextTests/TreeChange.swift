import Glibc
import Testing

/// A way in which a tree changes while an archive is made of it.
struct TreeChange: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// What an error may name, with all that lies below.
  let paths: [String]
  /// Whether the digest of the tree is another one afterwards.
  let isVisible: Bool
  /// Gets the directory that holds `tree`, as `makeTree` makes it, and stands beside `outside`.
  let apply: @Sendable (TemporaryTree) throws -> Void

  private init(
    _ description: String, _ paths: String..., isVisible: Bool = true,
    apply: @escaping @Sendable (TemporaryTree) throws -> Void
  ) {
    testDescription = description
    self.paths = paths
    self.isVisible = isVisible
    self.apply = apply
  }

  func mayBeNamed(_ path: String) -> Bool {
    paths.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  // MARK: - The tree

  /// More than what is given on at once.
  private static let size = 270_000
  /// All that the files outside hold, and nothing else does.
  static let outsideByte: UInt8 = 0xEE

  /// What the files of the tree hold.
  static let files: [(name: String, bytes: [UInt8])] = [
    (".dockerignore", Array("*.log\n.dockerignore\n".utf8)), ("Dockerfile", Array("FROM scratch\n".utf8)),
    ("a", Array("a".utf8)), ("d/e/g", Array("g".utf8)), ("d/f", [UInt8](repeating: 1, count: size)),
    ("y", Array("y".utf8)),
  ]

  /// What must never be read, under the same names and of the same sizes.
  static func makeOutside(in place: TemporaryTree) throws {
    for name in ["outside", "outside/e"] { try place.directory(name) }
    try place.file("outside/f", bytes: [UInt8](repeating: outsideByte, count: size))
    for name in ["e/g", "Dockerfile", "dockerignore"] { try place.file("outside/\(name)", bytes: [outsideByte]) }
  }

  /// Everything in it has the time 1,600,000,000.
  static func makeTree(in place: TemporaryTree) throws {
    for name in ["tree", "tree/d", "tree/d/e"] { try place.directory(name) }
    for (name, bytes) in files { try place.file("tree/\(name)", bytes: bytes) }
    try place.link("tree/l", to: "a")
    try place.file("tree/left-out.log", "log")
    for name in files.map(\.name) + ["l", "d/e", "d"] { try place.setTime("tree/\(name)", seconds: 1_600_000_000) }
  }

  // MARK: - Changes

  static let all = ofContents + ofNames + ofDirectories + ofBuildFiles

  private static let ofContents = [
    TreeChange("a file grows", "d/f") { try $0.write([7], to: "tree/d/f", at: size) },
    TreeChange("a file shrinks", "d/f") { #expect(truncate($0.path("tree/d/f"), off_t(size / 2)) == 0) },
    TreeChange("a file is emptied", "d/f") { #expect(truncate($0.path("tree/d/f"), 0) == 0) },
    TreeChange("a file gets another beginning", "d/f") { try $0.write([7], to: "tree/d/f", at: 0) },
    TreeChange("a file gets another end", "d/f") { try $0.write([7], to: "tree/d/f", at: size - 1) },
    TreeChange("a file gets another end and its time back", "d/f") {
      try $0.write([7], to: "tree/d/f", at: size - 1)
      try $0.setTime("tree/d/f", seconds: 1_600_000_000)
    },
    TreeChange("a small file gets another byte and its time back", "y") {
      try $0.write([7], to: "tree/y", at: 0)
      try $0.setTime("tree/y", seconds: 1_600_000_000)
    },
    TreeChange("a file is replaced", "d/f") {
      try $0.file("new", bytes: [UInt8](repeating: 3, count: size))
      try $0.setTime("new", seconds: 1_600_000_000)
      try $0.move("new", to: "tree/d/f")
    },
    TreeChange("a file is replaced by an equal one", "d/f", isVisible: false) {
      try $0.file("new", bytes: [UInt8](repeating: 1, count: size))
      try $0.move("new", to: "tree/d/f")
    },
    TreeChange("the mode of a file", "d/f") { #expect(chmod($0.path("tree/d/f"), 0o600) == 0) },
  ]

  private static let ofNames = [
    TreeChange("a file is removed", "d/f") { try $0.remove("tree/d/f") },
    TreeChange("a file is added in front", "0") { try $0.file("tree/0", "0") },
    TreeChange("a file is added in a directory", "d/h") { try $0.file("tree/d/h", "h") },
    TreeChange("a file is added at the end", "z") { try $0.file("tree/z", "z") },
    TreeChange("a file that is left out is added", "z.log", isVisible: false) { try $0.file("tree/z.log", "z") },
    TreeChange("a file becomes a directory", "d/f") {
      try $0.remove("tree/d/f")
      try $0.directory("tree/d/f")
    },
    TreeChange("a file becomes a link", "d/f") {
      try $0.remove("tree/d/f")
      try $0.link("tree/d/f", to: "../y")
    },
    TreeChange("a file becomes a link outward", "d/f") {
      try $0.remove("tree/d/f")
      try $0.link("tree/d/f", to: $0.path("../outside/f"))
    },
    TreeChange("a file becomes a fifo", "d/f") {
      try $0.remove("tree/d/f")
      try $0.fifo("tree/d/f")
    },
    TreeChange("a file becomes a socket", "d/f") {
      try $0.remove("tree/d/f")
      #expect(mknod($0.path("tree/d/f"), S_IFSOCK | 0o644, 0) == 0)
    },
    TreeChange("a file becomes another name of one before", "d/f") {
      try $0.remove("tree/d/f")
      try $0.hardLink("tree/d/f", to: "tree/a")
    },
    TreeChange("a file gets another name", "x") { try $0.hardLink("tree/x", to: "tree/d/f") },
    TreeChange("a link gets another target", "l") {
      try $0.remove("tree/l")
      try $0.link("tree/l", to: "y")
    },
    TreeChange("a link becomes a file", "l") {
      try $0.remove("tree/l")
      try $0.file("tree/l", "a")
    },
  ]

  private static let ofDirectories = [
    TreeChange("the mode of a directory", "d") { #expect(chmod($0.path("tree/d"), 0o700) == 0) },
    TreeChange("a directory is moved away", "d") { try $0.move("tree/d", to: "away") },
    TreeChange("a directory is moved forward", "d", "c") { try $0.move("tree/d", to: "tree/c") },
    TreeChange("a directory is moved backward", "d", "m") { try $0.move("tree/d", to: "tree/m") },
    TreeChange("a directory is replaced by a link outward", "d") {
      try $0.move("tree/d", to: "away")
      try $0.link("tree/d", to: $0.path("../outside"))
    },
    TreeChange("a deeper directory is replaced by a link outward", "d/e") {
      try $0.move("tree/d/e", to: "away")
      try $0.link("tree/d/e", to: "../../../outside/e")
    },
    TreeChange("a directory is replaced by a file", "d") {
      try $0.move("tree/d", to: "away")
      try $0.file("tree/d", "d")
    },
    TreeChange("a directory is replaced by an empty one", "d") {
      try $0.move("tree/d", to: "away")
      try $0.directory("tree/d")
    },
  ]

  private static let ofBuildFiles = [
    TreeChange("the ignore file leaves out more", ".dockerignore", "a") {
      try $0.file("tree/.dockerignore", "*.log\n.dockerignore\na\n")
    },
    TreeChange("the ignore file is removed", ".dockerignore", "left-out.log") { try $0.remove("tree/.dockerignore") },
    TreeChange("the ignore file becomes a link outward", ".dockerignore", "left-out.log") {
      try $0.remove("tree/.dockerignore")
      try $0.link("tree/.dockerignore", to: $0.path("../outside/dockerignore"))
    },
    TreeChange("the Dockerfile gets other bytes and its time back", "Dockerfile") {
      try $0.file("tree/Dockerfile", "FROM alpine.\n")
      try $0.setTime("tree/Dockerfile", seconds: 1_600_000_000)
    },
    TreeChange("the Dockerfile is removed", "Dockerfile") { try $0.remove("tree/Dockerfile") },
    TreeChange("the Dockerfile becomes a directory", "Dockerfile") {
      try $0.remove("tree/Dockerfile")
      try $0.directory("tree/Dockerfile")
    },
    TreeChange("the Dockerfile becomes a link", "Dockerfile") {
      try $0.remove("tree/Dockerfile")
      try $0.link("tree/Dockerfile", to: "y")
    },
    TreeChange("the Dockerfile becomes a link outward", "Dockerfile") {
      try $0.remove("tree/Dockerfile")
      try $0.link("tree/Dockerfile", to: $0.path("../outside/Dockerfile"))
    },
  ]
}

extension TemporaryTree {
  /// Writes bytes into a file that is there.
  fileprivate func write(_ bytes: [UInt8], to name: String, at offset: Int) throws {
    let descriptor = open(path(name), O_WRONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
  }

  fileprivate func move(_ name: String, to other: String) throws {
    try #require(rename(path(name), path(other)) == 0)
  }
}
