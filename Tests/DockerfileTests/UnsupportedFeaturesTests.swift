import Testing

@testable import Dockerfile

@Suite struct UnsupportedFeaturesTests {
  @Test(arguments: [
    ("RUN --mount=type=secret,id=x y", ["RUN --mount=type=secret"]),
    ("RUN --mount=type=SSH y", ["RUN --mount=type=ssh"]),
    (
      "RUN --mount=type=secret,id=x --mount=type=secret,id=z --mount=type=ssh y",
      ["RUN --mount=type=secret", "RUN --mount=type=ssh"]
    ),
    ("RUN --mount=type=secret,required=false,id=x y", ["RUN --mount=type=secret"]),
    ("RUN --mount=id=x,type=secret y", ["RUN --mount=type=secret"]),
    ("RUN --mount=type=cache,target=/x --network=none --security=insecure y", []),
    ("RUN <<X\nRUN --mount=type=secret,id=x y\nX", []),
    ("COPY --link --chmod=1 --parents a b", []),
    ("ADD git@github.com:a/b.git /x", ["ADD git over ssh"]),
    ("ADD ssh://git@x/y /x", ["ADD git over ssh"]),
    ("ADD [\"ssh://git@x/y\", \"/x\"]", ["ADD git over ssh"]),
    ("ADD https://x/y.git a /x", []),
    ("ADD a git@github.com:a/b", []),
    ("ADD $X /x", []),
    ("ONBUILD RUN --mount=type=secret,id=x y", []),
    ("# RUN --mount=type=secret,id=x y", []),
  ])
  func whatNeedsASession(line: String, features: [String]) throws {
    #expect(try read("FROM a\n" + line).features() == features)
  }

  @Test(arguments: [
    ("RUN --mount=type=cache,target=/x y", ["RUN --mount"]),
    ("RUN --network=none --security=sandbox y", ["RUN --network", "RUN --security"]),
    ("RUN --mount=target=/a --mount=type=secret,id=b y", ["RUN --mount"]),
    ("COPY --link --chmod=1 a b", ["COPY --link", "COPY --chmod"]),
    ("COPY --parents --exclude=x a b", ["COPY --parents", "COPY --exclude"]), ("COPY --from=x --chown=1 a b", []),
    ("ADD --checksum=sha256:0 --keep-git-dir http://x y", ["ADD --checksum", "ADD --keep-git-dir"]),
    ("ADD http://x y", []),
    ("ADD git://x/y z", ["ADD git"]), ("ADD git@x:y z", ["ADD git"]), ("RUN <<X\nX", ["heredoc"]),
    ("ONBUILD RUN <<X\nX", ["heredoc"]),
    ("HEALTHCHECK --interval=1s CMD x", []), ("RUN x", []), ("RUN --unknown x", []),
  ])
  func whatNeedsBuildKit(line: String, features: [String]) throws {
    #expect(try read("FROM a\n" + line).features(.classic()) == features)
  }

  @Test func onlyReachedStagesCount() throws {
    let file = try read("FROM a AS x\nRUN --mount=type=secret,id=x y\nFROM b AS y\nFROM c AS z\nCOPY --from=x / /")
    #expect(file.features(.buildKit(target: "x")) == ["RUN --mount=type=secret"])
    #expect(file.features(.buildKit(target: "y")) == [])
    #expect(file.features(.buildKit(target: "z")) == ["RUN --mount=type=secret"])
    #expect(file.features(.buildKit(target: "nowhere")) == ["RUN --mount=type=secret"])
    #expect(file.features(.classic(target: "y")) == ["RUN --mount"])
    #expect(file.unsupportedFeatures(.buildKit()).map(\.lines) == [2...2])
  }

  @Test func heredocsUnknownToTheReaderCountEverywhere() throws {
    let file = try read("FROM a AS x\nFROM b\nRUN <<X\nX")
    #expect(file.features(.classic(target: "x")) == ["heredoc"])
    #expect(file.features(.buildKit()) == [])
    var old = ResolutionOptions.buildKit(target: "x")
    old.readsHeredocs = false
    #expect(file.features(old) == ["heredoc"])
    #expect(try read("# syntax=docker/dockerfile:1\nFROM b\nRUN <<X\nX").features(old) == [])
  }

  @Test func triggersCountInTheStagesThatRunThem() throws {
    let file = try read("FROM a AS x\nONBUILD RUN --mount=type=ssh y\nFROM x\nRUN z")
    #expect(file.features() == ["RUN --mount=type=ssh"])
    #expect(file.unsupportedFeatures(.buildKit()).map(\.lines) == [2...2])
    #expect(file.features(.buildKit(target: "x")) == [])
    let triggers = ["a": ["RUN --mount=type=secret,id=i y"]]
    #expect(file.features(.buildKit(target: "x", triggers: triggers)) == ["RUN --mount=type=secret"])
  }

  @Test(arguments: [
    ("RUN --mount=type=cache,target=/x y", true), ("RUN --mount=target=/x,type=Cache y", true),
    ("RUN --mount=type=$T y", true),
    ("ONBUILD RUN --mount=type=cache,target=/x y", true), ("RUN --mount=type=bind y", false),
    ("RUN x --mount=type=cache", false),
    ("COPY --mount=type=cache a b", false),
  ])
  func cacheMounts(line: String, uses: Bool) throws {
    #expect(try read("FROM a\n" + line).usesCacheMounts == uses)
  }

  @Test(arguments: [
    ("ADD http://x y", true), ("ADD a https://x y", true), ("ADD git@x:y z", true), ("ADD $X y", true),
    ("ADD a $X/y", false),
    ("ADD [\"http://x\", \"y\"]", true), ("ADD [\"\\u0068ttp://x\", \"y\"]", true), ("ADD \"http://x\" y", true),
    ("add --chown=1 http://x y", true),
    ("ONBUILD ADD http://x y", true), ("ADD a y", false), ("ADD http://x", false), ("COPY http://x y", false),
    ("ADD <<X /y\nX", false),
    ("ADD a \\\n http://x \\\n y", true),
  ])
  func remoteAdds(line: String, names: Bool) throws {
    #expect(try read("FROM a\n" + line).namesRemoteAdd == names)
  }
}
