/// The options of `build`: docker's own as far as a build by way of the broker can have them, and the broker's.
extension BuildOptions {
  static let tag = Option(
    "--tag", short: "-t", value: "NAME[:TAG]", "name for the image; {context:N} is N digits of the context's digest")
  static let file = Option(
    "--file", short: "-f", value: "PATH", "the Dockerfile (default PATH/Dockerfile); - is standard input")
  static let buildArg = Option(
    "--build-arg", value: "NAME[=VALUE]", "build argument; NAME alone takes the environment's value")
  static let target = Option("--target", value: "STAGE", "the stage to build")
  static let platform = Option("--platform", value: "OS/ARCH", "the platform to build for")
  static let label = Option("--label", value: "NAME=VALUE", "label for the image")
  static let noCache = Option("--no-cache", "runs every step again")
  static let pull = Option("--pull", "asks the registry for newer base images")
  static let push = Option("--push", "pushes every name to its registry")
  static let network = Option("--network", value: "MODE", "of RUN steps: default, none or host")
  static let addHost = Option("--add-host", value: "NAME:ADDRESS", "entry for /etc/hosts of RUN steps")
  static let cacheFrom = Option("--cache-from", value: "IMAGE", "image whose layers may be taken")
  static let quiet = Option("--quiet", short: "-q", "says nothing but the image's id, and the log of a failure")
  static let iidFile = Option("--iidfile", value: "FILE", "writes the image's id to a file")
  static let metadataFile = Option("--metadata-file", value: "FILE", "writes what came out to a file, as JSON")
  static let builder = Option("--builder", value: "NAME", "auto, buildkit or classic")
  static let progress = Option("--progress", value: "MODE", "auto, plain, json or none")
  static let timeout = Option("--timeout", value: "TIME", "cancels after that many seconds, or 1m30s")
  static let detach = Option("--detach", short: "-d", "prints the build's id and does not wait for its end")
  static let keep = Option("--keep", "goes on without this terminal")
  static let supersede = Option(
    "--supersede", value: "WORD", "cancels your unfinished builds with the same word: the newest wins")
  static let annotation = Option(
    "--annotation", value: "NAME=VALUE", "note on the build, for ls and inspect; the image's are labels")
  static let noDedupe = Option("--no-dedupe", "does not share equal work that is under way")

  static let all = [
    tag, file, buildArg, target, platform, label, noCache, pull, push, network, addHost, cacheFrom, quiet, iidFile,
    metadataFile, builder, progress, timeout, detach, keep, supersede, annotation, noDedupe,
  ]
}
