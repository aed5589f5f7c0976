import Glibc
import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

struct ContextPathsTests {
  @Test func dockerfileIsToldRelativeToTheContext() throws {
    let directory = try TemporaryDirectory()
    let sub = try directory.directory("sub")
    _ = try directory.directory("sub-other")
    func place(_ file: String, _ context: String) throws(ProgramError) -> ContextPaths.Place {
      try ContextPaths.place(of: file, in: context)
    }
    #expect(try place(sub + "/Other", sub) == .inside("Other"))
    #expect(try place(sub + "/../sub/Other", directory.path) == .inside("sub/Other"))
    #expect(try place("/x", "/") == .inside("x"))
    #expect(try place(directory.path + "/Dockerfile", sub) == .outside)
    #expect(try place(directory.path + "/sub-other/D", sub) == .outside)
    #expect(usage { () throws(ProgramError) in try place(sub + "/", sub) } != nil)
    #expect(throws: ProgramError.self) { try place(sub + "/none/D", sub) }
  }

  @Test func linkCountsForWhatItLeadsTo() throws {
    let directory = try TemporaryDirectory()
    let context = try directory.directory("context")
    _ = try directory.file("outer")
    _ = try directory.file("context/inner")
    try #require(symlink("../outer", context + "/out") == 0)
    try #require(symlink("inner", context + "/in") == 0)
    try #require(symlink("none", context + "/dangling") == 0)
    #expect(try ContextPaths.place(of: context + "/out", in: context) == .outside)
    #expect(try ContextPaths.place(of: context + "/in", in: context) == .inside("in"))
    #expect(try ContextPaths.place(of: context + "/dangling", in: context) == .inside("dangling"))
  }

  @Test func lowerCaseNameIsTakenWhereThereIsNoOther() throws {
    let directory = try TemporaryDirectory()
    func path() -> String {
      ContextPaths(directory: directory.path, dockerfile: nil).localDockerfile
    }
    #expect(path() == directory.path + "/dockerfile")
    _ = try directory.file("Dockerfile")
    #expect(path() == directory.path + "/Dockerfile")
  }
}

struct BuildSourceTests {
  @Test func directoryIsSentByPathWithTheDockerfileInIt() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("Other", "FROM scratch\n")
    let source = try BuildSource.find(directory: directory.path, file: file)
    #expect(source.context == .path(directory.path))
    #expect(source.dockerfile == "Other")
    #expect(source.text == nil)
    #expect(source.dockerfileBytes == Array("FROM scratch\n".utf8))
  }

  @Test func dockerfileOutsideTheContextIsSentAsText() throws {
    let directory = try TemporaryDirectory()
    let context = try directory.directory("context")
    let file = try directory.file("Other", "FROM scratch\n")
    let source = try BuildSource.find(directory: context, file: file)
    #expect(source.context == .path(context))
    #expect(try source.text == DockerfileText(Array("FROM scratch\n".utf8), from: file))
    #expect(source.dockerfileBytes == Array("FROM scratch\n".utf8))
    #expect(throws: ProgramError.self) {
      _ = try BuildSource.find(directory: context, file: directory.path + "/none")
    }
  }

  @Test(
    arguments: [
      ([], "is empty"), ([0xFF], "is not UTF-8"),
      (Array(repeating: 0x23, count: ContextFiles.dockerfileTextLimit + 1), "is larger than 262kB"),
    ] as [([UInt8], String)])
  func textThatCannotBeSentIsRefused(bytes: [UInt8], part: String) throws {
    let error = try #require(throws: ProgramError.self) { try DockerfileText(bytes, from: "here") }
    #expect(error.explanation.hasPrefix("The Dockerfile from here " + part))
    #expect(error.exitCode == .failed)
  }

  @Test func longestTextIsSent() throws {
    let text = try DockerfileText(Array(repeating: 0x23, count: ContextFiles.dockerfileTextLimit), from: "here")
    #expect(text.text.utf8.count == ContextFiles.dockerfileTextLimit)
  }
}

/// Runs the system's own commands, the other witness of archives.
private func shell(_ command: String) throws { try #require(system(command) == 0) }

private func content(_ path: String) -> [UInt8] { LocalFile.read(path, limit: 1 << 20) ?? [] }

struct ArchiveSignatureTests {
  @Test(arguments: ["", "z", " --format=v7 ", " --format=gnu ", " --format=pax "])
  func everyTarOfTheSystemsIsOne(kind: String) throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("Dockerfile", "FROM scratch\n")
    let options = kind.hasPrefix(" ") ? "\(kind) -c" : "-c\(kind)"
    try shell("tar -C '\(directory.path)' \(options) -f '\(directory.path)/a' Dockerfile")
    #expect(ArchiveSignature.isArchive(content(directory.path + "/a")))
  }

  @Test func dockerfilesAreNone() {
    for text in ["", "F", "FROM scratch\n", "BZ\n", String(repeating: "# comment\n", count: 200)] {
      #expect(!ArchiveSignature.isArchive(text.utf8), "\(text)")
    }
    #expect(!ArchiveSignature.isArchive(Array(repeating: 0, count: 1_024)))
  }

  @Test func sumThatIsWrongMakesNoHeader() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("f")
    try shell("tar -C '\(directory.path)' -cf '\(directory.path)/a' f")
    var bytes = content(directory.path + "/a")
    #expect(ArchiveSignature.isArchive(bytes))
    bytes[0] += 1
    #expect(!ArchiveSignature.isArchive(bytes))
    #expect(!ArchiveSignature.isArchive(bytes.prefix(511)))
  }

  @Test func compressionsAreKnownByTheirFirstBytes() {
    // Nothing at all, compressed by bzip2, xz and zstd.
    #expect(ArchiveSignature.isArchive([0x42, 0x5A, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0, 0, 0, 0]))
    #expect(ArchiveSignature.isArchive([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04, 0xE6, 0xD6, 0xB4, 0x46]))
    #expect(ArchiveSignature.isArchive([0x28, 0xB5, 0x2F, 0xFD, 0x24, 0x00, 0x01, 0x00, 0x00, 0x99, 0xE9, 0xD8, 0x51]))
  }

  @Test func skippableFrameOfZstdIsOne() {
    #expect(ArchiveSignature.isArchive([0x5F, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]))
    #expect(!ArchiveSignature.isArchive([0x4F, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]))
  }
}

struct ArchiveFormTests {
  private static let names = [
    ("gzip", "tar.gz"), ("zstd", "tar.zst"), ("cat", "tar"), ("xz", "xz"), ("bzip2", "bzip2"),
  ]

  @Test(arguments: names) func formIsToldByTheFirstBytes(program: String, expected: String) throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("Dockerfile", "FROM scratch\n")
    let path = directory.path + "/archive"
    try shell("tar -C '\(directory.path)' -cf - Dockerfile | \(program) > '\(path)'")
    let head = try #require(LocalFile.read(path, limit: 1 << 20))
    #expect(ArchiveSignature.isArchive(head))
    switch ArchiveSignature.form(head) {
    case .asItIs(let format): #expect(format.rawValue == expected)
    case .through(let program): #expect(program == expected)
    }
  }
}

struct NamedRegistriesTests {
  private func names(
    _ dockerfile: String?, builder: Builder = .auto, target: String? = nil, args: [NamedValue] = [],
    pushed: [String] = []
  ) throws -> [String] {
    let params = BuildParams(context: .inline, builder: builder, target: target, buildArgs: args)
    return NamedRegistries(
      dockerfile: dockerfile.map { Array($0.utf8) }, params: params, pushed: try pushed.map(TagTemplate.init)
    ).names
  }

  private let dockerfile = """
    # syntax=syntax.example/dockerfile:1
    ARG HOST=one.example
    FROM $HOST/base AS first
    FROM debian AS second
    COPY --from=two.example:5000/x / /
    FROM first AS third
    RUN --mount=type=bind,from=three.example/y true
    FROM scratch
    COPY --from=third / /
    FROM four.example/z-$TARGETARCH
    COPY --from=second / /
    """

  @Test func areThoseOfTheImagesThatTheTargetNeeds() throws {
    #expect(
      try names(dockerfile, builder: .buildkit) == [
        "docker.io", "four.example", "syntax.example", "two.example:5000",
      ])
    #expect(
      try names(dockerfile, builder: .buildkit, target: "third") == ["one.example", "syntax.example", "three.example"])
    #expect(
      try names(dockerfile, builder: .buildkit, target: "first", args: [.init(name: "HOST", value: "other.example")])
        == ["other.example", "syntax.example"])
  }

  @Test func bothReadingsCountWhereEitherBuilderMayRun() throws {
    let classic = try names(dockerfile, builder: .classic)
    #expect(!classic.contains("syntax.example"))
    #expect(try Set(names(dockerfile)) == Set(classic).union(try names(dockerfile, builder: .buildkit)))
  }

  @Test func tagsCountWhenTheyArePushed() throws {
    #expect(
      try names("FROM scratch", pushed: ["app:{context}", "r.example:5000/app", "r.example:5000/b:{context:8}"]) == [
        "docker.io", "r.example:5000",
      ])
    #expect(NamedRegistries(tags: ["a:1", "r.example/b:2", "Not A Tag"]).names == ["docker.io", "r.example"])
  }

  @Test(arguments: [nil, "", "# only a comment", "RUN <<EOF\nFROM a.example/b", "FROM $UNKNOWN\nFROM Not/An:Image"])
  func whatCannotBeReadNamesNothing(dockerfile: String?) throws { #expect(try names(dockerfile) == []) }
}
