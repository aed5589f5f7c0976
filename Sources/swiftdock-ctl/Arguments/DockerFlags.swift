/// The options of `docker build` and `docker buildx build` that a build by way of the Engine's API alone, without a
/// BuildKit session, cannot have, or has always.
enum DockerFlags {
  static let ofBuild = ofSessions + ofResults + ofLimits + ofEveryBuild

  private static let buildx = "build that image with docker buildx build"

  /// What the Engine would have to ask this program for while it builds.
  private static let ofSessions: [ForeignOption] = [
    ForeignOption(
      "--secret",
      "secrets go through a BuildKit session, which a build by the broker does not have; "
        + "do the step that needs one before the build and COPY what it brings, or \(buildx)"),
    ForeignOption(
      "--ssh",
      "an ssh agent is reached through a BuildKit session, which a build by the broker does not have; "
        + "clone before the build and COPY the tree, or \(buildx)"),
    ForeignOption(
      "--build-context",
      "a second context goes through a BuildKit session, which a build by the broker does not have; "
        + "put both into one directory, or build the other as an image and use COPY --from=IMAGE"),
    ForeignOption(
      "--allow", harmless: ["network.host"],
      "the Engine decides what its builds are entitled to; the host's network comes with --network host, and with no "
        + "need to allow it"),
    ForeignOption(
      "--no-cache-filter",
      "the Engine's API forgets the cache of all stages or of none; "
        + "use --no-cache, or put an ARG into the stage and change it with --build-arg"),
    ForeignOption(
      "--call", harmless: ["build"],
      "the Engine's API only builds; a Dockerfile that cannot be read is refused with its line before anything runs, "
        + "and the checks of style come with docker buildx build --check"),
    ForeignOption(
      flag: "--check",
      "the Engine's API only builds; a Dockerfile that cannot be read is refused with its line before anything runs, "
        + "and the checks of style come with docker buildx build --check"),
  ]

  /// What else than an image in the Engine could come out.
  private static let ofResults: [ForeignOption] = [
    ForeignOption(
      "--output", short: "-o", harmless: ["type=docker", "type=image"],
      "the result is an image in the Engine; get a tar of it with docker save, files out of it with docker create and "
        + "docker cp, and into a registry with --push"),
    ForeignOption(
      "--cache-to",
      "the Engine keeps its cache to itself; the image can carry its own with --build-arg BUILDKIT_INLINE_CACHE=1 and "
        + "--push, for --cache-from elsewhere"),
    ForeignOption(
      "--attest", harmless: ["type=provenance,disabled=true", "type=sbom,disabled=true"], attestations),
    ForeignOption("--provenance", harmless: ["false", "disabled=true"], attestations),
    ForeignOption("--sbom", harmless: ["false", "disabled=true"], attestations),
    ForeignOption(
      flag: "--squash",
      "only experimental Engines make one layer of all; "
        + "end the Dockerfile with a stage FROM scratch and COPY --from=STAGE / /"),
  ]

  private static let attestations =
    "the Engine's API has no way to ask for attestations; leave it out, or \(buildx)"

  /// What the steps would run under.
  private static let ofLimits: [ForeignOption] =
    [
      ForeignOption("--memory", short: "-m", harmless: ["0"], limits),
      ForeignOption("--memory-swap", harmless: ["0"], limits),
      ForeignOption("--cpu-period", harmless: ["0"], limits),
      ForeignOption("--cpu-quota", harmless: ["0"], limits),
      ForeignOption("--cpu-shares", short: "-c", harmless: ["0"], limits),
      ForeignOption("--cpuset-cpus", harmless: [""], limits),
      ForeignOption("--cpuset-mems", harmless: [""], limits),
      ForeignOption("--cgroup-parent", harmless: [""], limits),
      ForeignOption(
        "--shm-size", harmless: ["0"],
        "BuildKit in an Engine before 23 ignores it without a word; let the step that needs more mount its own, with "
          + "RUN --mount=type=tmpfs,target=/dev/shm"),
      ForeignOption(
        "--ulimit",
        "BuildKit in an Engine before 23 ignores it without a word; say ulimit in the step itself, before its command"),
      ForeignOption(
        "--security-opt",
        "BuildKit has none; with --builder classic steps run under the profile that dockerd --seccomp-profile sets"),
      ForeignOption(
        "--isolation", harmless: ["", "default"],
        "only Engines on Windows isolate in more than one way; leave it out"),
    ]

  private static let limits =
    "BuildKit ignores it without a word; limit all steps together, by the cgroup that dockerd --cgroup-parent names"

  /// What happens, or means nothing, in any case.
  private static let ofEveryBuild: [ForeignOption] = [
    ForeignOption(flag: "--load", harmless: .anything, ""),
    ForeignOption(flag: "--force-rm", harmless: .anything, ""),
    ForeignOption(flag: "--compress", harmless: .anything, ""),
    ForeignOption(
      flag: "--rm", harmless: .values(["true"]),
      "the containers of steps are always removed; see what a step left with a RUN of its own, as RUN ls -lR /path"),
    ForeignOption(
      flag: "--disable-content-trust", harmless: .values(["true"]),
      "signatures of images are not checked; name base images by digest: FROM IMAGE@sha256:…"),
  ]
}
