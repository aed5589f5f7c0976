import Testing

@testable import DockerEngine

struct MissingSourceTests {
  static let texts: [(String, String?)] = [
    // Classic, 20.10 and later.
    (
      "COPY failed: file not found in build context or excluded by .dockerignore: stat a/nope: file does not exist",
      "a/nope"
    ),
    (
      "ADD failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist", "nope"
    ),
    ("COPY failed: no source files were specified", nil),
    // BuildKit of 20.10; of 23; of 25, 28 and 29.
    ("failed to compute cache key: \"/nope\" not found: not found", "nope"),
    ("failed to solve: failed to compute cache key: \"/a b\": not found", "a b"),
    (
      "failed to solve: failed to compute cache key: failed to calculate checksum of ref abc::def: \"/a/nope\": not found",
      "a/nope"
    ),
    // Buildah.
    ("building at STEP \"COPY nope /\": copier: stat: \"/nope\": no such file or directory", "nope"),
    (
      "building at STEP \"COPY no*.log /\": Rel: can't make  relative to /b; copier: stat: [\"/no*.log\"]: no such file or directory",
      "no*.log"
    ),
    // What is not certain is not guessed at.
    ("failed to compute cache key: \"/a\\\"b\" not found: not found", nil),
    ("failed to compute cache key: \"/\" not found: not found", nil),
    ("docker.io/library/alpine:nope: not found", nil), ("what nobody has seen", nil), ("", nil),
  ]

  @Test(arguments: texts) func pathIsReadFromTheWordsOfEveryBuilder(text: String, path: String?) {
    #expect(BuildFailure(engineText: text).missingSource == path)
  }
}
