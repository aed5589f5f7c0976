import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Trees that change while they are sent leave nothing in the Engine that is not what its digest says.
  @Suite(.enabled(if: Docker.isInstalled, "needs docker's client"))
  struct ChangingTreeTests {
    /// What changes, while the middle of the context is sent.
    struct Change: CustomTestStringConvertible, Sendable {
      let testDescription: String
      /// For `sh`, in the tree; `$1` counts up from 1.
      let command: String
      let path: String
    }

    private static let changes = [
      Change(testDescription: "bytes of a file that was not sent", command: #"printf "$1" >z"#, path: "z"),
      Change(testDescription: "mode of a file that was not sent", command: #"chmod "60$1" z"#, path: "z"),
      Change(testDescription: "a file that was sent is gone", command: #"mv a* "a$1""#, path: "a"),
      Change(testDescription: "a file more", command: #": >"b$1""#, path: "b"),
      Change(
        testDescription: "a file that became a link outward", command: #"rm z; ln -s "/etc/hostname$1" z"#, path: "z"),
      Change(
        testDescription: "what is left out", command: #"echo "left-out$1" >>.dockerignore"#, path: ".dockerignore"),
    ]

    /// A context of some megabytes whose images have a label of their own.
    private func tree() throws -> (ContextTree, label: String) {
      let label = "swiftdock.test=\(UInt64.random(in: 0 ... .max))"
      let tree = try ContextTree(dockerfile: "FROM scratch\nLABEL \(label)\nCOPY . /\n")
      for (name, text) in [("a", "a"), ("z", "0"), (".dockerignore", "left-out\n")] {
        try tree.directory.write(name, text)
      }
      try tree.directory.writeSparse("middle", bytes: 8 << 20)
      return (tree, label)
    }

    /// Intermediate ones, too.
    private func images(_ docker: Docker, _ label: String) throws -> [Substring] {
      try docker.output("images", "--all", "--quiet", "--no-trunc", "--filter", "label=\(label)").split(separator: "\n")
    }

    @Test(arguments: changes, BuilderName.allCases)
    func aTreeThatChangesTwiceLeavesNoImageAndNoTag(change: Change, builder: BuilderName) throws {
      let (tree, label) = try tree()
      let docker = try Docker()
      let place = try TestDirectory()
      let proxy = try ChangingProxy(in: place, command: "cd '\(tree.path)'; \(change.command)")
      let broker = try BrokerProcess(engine: proxy.engine)
      defer { broker.stop() }
      let tag = "swiftdock-test-\(UInt32.random(in: 0 ... .max)):x"
      let end = try broker.build(tree, "--builder", builder.rawValue, "--tag", tag)
      #expect(end.exit == .code(75), "\(end.log)")
      #expect(end.errorCode == 1310)
      #expect(end.errorDetail?["path"]?.stringValue?.hasPrefix(change.path) == true, "\(end.build)")
      #expect(try images(docker, label) == [])
      #expect(try docker.output("images", "--quiet", tag) == "")
    }

    @Test(arguments: BuilderName.allCases)
    func aFileThatChangesAfterItWasSentIsBuiltAsItWas(builder: BuilderName) throws {
      let (tree, _) = try tree()
      let docker = try Docker()
      let place = try TestDirectory()
      let before = try digest(of: tree.path, builder)
      let proxy = try ChangingProxy(in: place, command: "cd '\(tree.path)'; echo more >>a; chmod 600 a")
      let broker = try BrokerProcess(engine: proxy.engine)
      defer { broker.stop() }
      let end = try broker.build(tree, "--builder", builder.rawValue)
      #expect(end.exit == .code(0), "\(end.log)")
      #expect(end.build["contextDigest"] == .string(before))
      let image = try #require(end.imageID)
      #expect(try digest(ofImage: image, docker, builder) == before)
      try docker.output("rmi", "--no-prune", image)
    }

    /// Which shows that the images above would have been found.
    @Test(arguments: BuilderName.allCases)
    func aTreeThatChangesOnceIsBuiltAsItIsAfterwards(builder: BuilderName) throws {
      let (tree, label) = try tree()
      let docker = try Docker()
      let place = try TestDirectory()
      let proxy = try ChangingProxy(in: place, command: "cd '\(tree.path)'; [ $1 != 1 ] || printf 1 >z")
      let broker = try BrokerProcess(engine: proxy.engine)
      defer { broker.stop() }
      let tag = "swiftdock-test-\(UInt32.random(in: 0 ... .max)):x"
      let end = try broker.build(tree, "--builder", builder.rawValue, "--tag", tag)
      #expect(end.exit == .code(0), "\(end.log)")
      let log = try broker.call("logs.read", ["buildId": .string(end.id), "from": 1])["events"]?.arrayValue ?? []
      #expect(log.count { $0["code"] == "contextChanged" } == 1)
      let image = try #require(end.imageID)
      #expect(try images(docker, label).contains { $0 == image })
      #expect(try docker.output("images", "--quiet", "--no-trunc", tag) == image)
      #expect(try end.build["contextDigest"] == .string(digest(of: tree.path, builder)))
      #expect(try end.build["contextDigest"] == .string(digest(ofImage: image, docker, builder)))
      try docker.output("rmi", "--no-prune", tag)
    }

    private func digest(of context: String, _ builder: BuilderName) throws -> String {
      let text = try RunningProgram.output(
        of: [Setting.control, "context", "digest", "--builder", builder.rawValue, context])
      return String(text.prefix { $0 != "\n" })
    }

    /// Of all that `COPY . /` put into an image of nothing else.
    private func digest(ofImage image: String, _ docker: Docker, _ builder: BuilderName) throws -> String {
      let place = try TestDirectory()
      try docker.output("save", "--output", place("image.tar"), image)
      try RunningProgram.output(of: ["tar", "-C", place.path, "-xf", place("image.tar")])
      let manifest = try JSONValue.parsing(HostFiles.text(of: place("manifest.json")))
      let layers = manifest.arrayValue?.first?["Layers"]?.arrayValue?.compactMap(\.stringValue) ?? []
      guard layers.count == 1 else { throw ProgramFailure("one layer was expected: \(manifest)") }
      return try digest(of: place(layers[0]), builder)
    }

    // MARK: - All the time

    /// Rewrites, replaces, moves, adds and removes files below a directory, for as long as it runs.
    private static let writer = """
      import os, random, sys, time

      os.chdir(sys.argv[1])
      for number in range(150):
          os.makedirs(f"d{number % 10}", exist_ok=True)
          with open(f"d{number % 10}/at-rest{number}", "wb") as file:
              file.write(os.urandom(3000 if number % 50 else 1_000_000))
      print("made", flush=True)
      number = 0
      while True:
          number += 1
          directory = f"d{random.randrange(10)}"
          name = f"{directory}/changing{random.randrange(3)}"
          way = random.randrange(6)
          content = os.urandom(16) + bytes(random.choice([0, 1, 500, 70_000, 400_000]))
          if way < 2:
              with open(name, "wb") as file:
                  file.write(content)
          elif way < 4:
              with open(".new", "wb") as file:
                  file.write(content)
              os.rename(".new", name)
          elif way == 4 and os.path.exists(name):
              os.unlink(name)
          else:
              os.rename(directory, "moved")
              os.rename("moved", directory)
          time.sleep(random.random() * random.choice([0, 0.01, 0.4]))
      """

    @Test(arguments: BuilderName.allCases)
    func everyImageOfATreeThatKeepsChangingIsWhatItsDigestSays(builder: BuilderName) throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY . /\n")
      let docker = try Docker()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let writer = try RunningProgram(["python3", "-c", Self.writer, tree.path])
      try writer.wait(for: "made", in: .output)
      for _ in 1...Setting.changingBuilds {
        try check(broker.build(tree, "--builder", builder.rawValue), docker, builder)
      }
      writer.signal(SIGKILL)
      try writer.finish()
      let last = try broker.build(tree, "--builder", builder.rawValue)
      #expect(last.state == "succeeded")
      try check(last, docker, builder)
    }

    /// It is an image of what the digest says, or names a file that changed.
    private func check(_ build: FinishedBuild, _ docker: Docker, _ builder: BuilderName) throws {
      guard build.state == "succeeded" else {
        #expect(build.errorCode == 1310, "\(build.build)")
        #expect(build.errorDetail?["path"]?.stringValue != nil)
        return
      }
      let image = try #require(build.imageID)
      #expect(try build.build["contextDigest"] == .string(digest(ofImage: image, docker, builder)))
      try docker.output("rmi", "--no-prune", image)
    }
  }
}
