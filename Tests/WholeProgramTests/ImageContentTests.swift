import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// The files of an image are those that docker's own client makes of the same tree.
  @Suite(.enabled(if: Docker.isInstalled && Setting.isRoot, "needs docker's client, and root to read an image's files"))
  struct ImageContentTests {
    /// All kinds of entries, with modes that no umask gives.
    private func tree() throws -> ContextTree {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY . /all/\nCOPY sub /sub\n")
      let place = tree.directory
      try place.write("set-id", "#!\n", mode: 0o6755)
      try place.write("nobody's", "x", mode: 0o604)
      chown(place("nobody's"), 65534, 65534)
      try place.makeDirectory("sub", mode: 0o751)
      try place.makeDirectory("sub/empty", mode: 0o1777)
      try place.write("sub/ü — 日本 \u{1F40B}", "names\n", mode: 0o600)
      try place.write("sub/" + String(repeating: "long", count: 50), "", mode: 0o444)
      try place.write("sub/large", (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
      link(place("sub/large"), place("sub/same"))
      symlink("ü", place("sub/relative"))
      symlink("/etc/passwd", place("sub/absolute"))
      symlink("../../../outside", place("outward"))
      try place.makeDirectory("ignored")
      for name in ["a.log", "b.log", "keep.log"] { try place.write("ignored/\(name)", name) }
      try place.write(".dockerignore", "**/*.log\n!ignored/keep.log\n# words\n")
      return tree
    }

    /// The classic builder of Docker 20.10 takes a cached image for one platform as one for any.
    @Test func imageOfTheWrongPlatformIsRefusedAndHadWithoutTheCache() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      // Its first step is nobody else's, who would get its image for the wrong platform then.
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY word /\n")
      try tree.directory.write("word", "\(UInt64.random(in: 0 ... .max))")
      #expect(try broker.build(tree, "--builder", "classic").exit == .code(0))
      let end = try broker.build(tree, "--builder", "classic", "--platform", "linux/arm64")
      #expect(end.errorCode == 1208, "\(end.build)")
      #expect(end.errorDetail?["feature"] == "platform")
      #expect(end.imageID == nil)
      for options in [["--builder", "classic", "--no-cache"], ["--builder", "buildkit"]] {
        let arguments = ["build", "--json", "--platform", "linux/arm64"] + options + [tree.path]
        let image = try #require(try FinishedBuild(broker.start(arguments)).imageID)
        let platform = try Docker().output("image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image)
        #expect(platform == "linux/arm64")
      }
    }

    @Test func bothBuildersGiveWhatDockerGives() throws {
      let tree = try tree()
      let place = try TestDirectory()
      let docker = try Docker()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let name = "swiftdock-test-\(UInt32.random(in: 0 ... .max))"
      try docker.output("build", "--no-cache", "--tag", name, tree.path)
      let expected = try docker.listing(of: name, in: place)
      try docker.output("rmi", "--no-prune", name)
      #expect(expected.contains { $0.hasPrefix("all/ignored/keep.log ") })
      #expect(!expected.contains { $0.contains("a.log") })
      #expect(expected.contains { $0.hasPrefix("sub/ü — 日本 \u{1F40B} f 600 0:0 6 ") })

      let classic = try broker.build(tree, "--builder", "classic", "--no-cache")
      #expect(try docker.listing(of: #require(classic.imageID), in: place) == expected)

      // The classic builder takes the set-id bits off what it copies; BuildKit leaves them on.
      let buildkit = try broker.build(tree, "--builder", "buildkit", "--no-cache")
      let listing = try docker.listing(of: #require(buildkit.imageID), in: place)
      #expect(listing.contains { $0.hasPrefix("all/set-id f 6755 ") })
      #expect(
        listing.map { $0.hasPrefix("all/set-id ") ? $0.replacing(" 6755 ", with: " 755 ") : $0 } == expected)
    }
  }
}
