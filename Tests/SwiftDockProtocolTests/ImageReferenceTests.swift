import SwiftDockProtocol
import Testing

struct ImageReferenceTests {
  static let hex = String(repeating: "0123456789abcdef", count: 4)

  @Test(arguments: [
    ("alpine", "docker.io/library/alpine", "alpine"), ("alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"),
    ("user/app", "docker.io/user/app", "user/app"), ("a/b/c:t", "docker.io/a/b/c:t", "a/b/c:t"),
    ("docker.io/alpine", "docker.io/library/alpine", "alpine"),
    ("index.docker.io/alpine", "docker.io/library/alpine", "alpine"),
    ("docker.io/library/alpine", "docker.io/library/alpine", "alpine"),
    ("library/alpine", "docker.io/library/alpine", "alpine"),
    ("localhost/app", "localhost/app", "localhost/app"),
    ("localhost:5000/app", "localhost:5000/app", "localhost:5000/app"),
    ("registry.example:5000/x/app:1", "registry.example:5000/x/app:1", "registry.example:5000/x/app:1"),
    ("Registry.Example/app", "Registry.Example/app", "Registry.Example/app"),
    ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app"),
    ("[::1]/app:t", "[::1]/app:t", "[::1]/app:t"), ("127.0.0.1:5000/a", "127.0.0.1:5000/a", "127.0.0.1:5000/a"),
    ("app:5000", "docker.io/library/app:5000", "app:5000"),
    ("u/a__b-c---d.e_f", "docker.io/u/a__b-c---d.e_f", "u/a__b-c---d.e_f"),
    ("a:_x.-Y", "docker.io/library/a:_x.-Y", "a:_x.-Y"),
    ("alpine@sha256:\(hex)", "docker.io/library/alpine@sha256:\(hex)", "alpine@sha256:\(hex)"),
    ("r.io/a:t@sha256:\(hex)", "r.io/a:t@sha256:\(hex)", "r.io/a:t@sha256:\(hex)"),
    ("a@x+y:\(hex)", "docker.io/library/a@x+y:\(hex)", "a@x+y:\(hex)"),
    ("xn--n3h.com/a", "xn--n3h.com/a", "xn--n3h.com/a"),
    ("library/\(hex)", "docker.io/library/\(hex)", hex),
  ])
  func nameIsUnderstoodAsDockerDoes(text: String, full: String, familiar: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.full == full)
    #expect(reference.familiar == familiar)
    #expect(try ImageReference(reference.full) == reference)
  }

  @Test(
    arguments: [
      ("", .name, .empty), ("/a", .path, .malformed), ("a/", .path, .malformed), ("a//b", .path, .malformed),
      ("App", .path, .uppercase), ("user/App", .path, .uppercase), ("USER/app", .path, .uppercase),
      ("a b", .path, .malformed),
      ("-a", .path, .malformed),
      ("a-", .path, .malformed), ("a___b", .path, .malformed), ("a..b", .path, .malformed), ("a._b", .path, .malformed),
      (".a", .path, .malformed), ("é", .path, .malformed), ("a:", .tag, .empty), ("a:.x", .tag, .malformed),
      ("a:-x", .tag, .malformed),
      ("a:b:c", .path, .malformed), ("a:x y", .tag, .malformed), ("a:é", .tag, .malformed), ("a@", .digest, .empty),
      ("a@sha256:abc", .digest, .malformed), ("a@sha256", .digest, .malformed), ("a@9x:\(hex)", .digest, .malformed),
      ("a@sha256:\(hex.uppercased())", .digest, .malformed), ("a@sha512:\(hex)", .digest, .malformed),
      ("-h.io/a", .domain, .malformed), ("h-.io/a", .domain, .malformed), ("h..io/a", .domain, .malformed),
      ("h_.io/a", .domain, .malformed),
      ("[::1/a", .domain, .malformed), ("[::1]x/a", .domain, .malformed), ("[]/a.b", .path, .malformed),
      ("a.b_c/x", .domain, .malformed), ("h:/a", .port, .empty), ("h:5x/a", .port, .malformed),
      ("h.io:/a", .port, .empty), ("h.io/", .path, .empty), (":5000/a", .domain, .malformed),
      ("https://h.io/a", .port, .empty), (hex, .name, .looksLikeID), (":t", .name, .empty),
      ("@sha256:\(hex)", .name, .empty),
    ] as [(String, ImageReferenceError.Part, ImageReferenceError.Reason)])
  func faultIsNamedByItsPart(text: String, part: ImageReferenceError.Part, reason: ImageReferenceError.Reason) {
    #expect(throws: ImageReferenceError(part, reason, in: text)) { try ImageReference(text) }
  }

  @Test func lengthsEndAtTheirLimits() throws {
    func path(_ count: Int) -> String { "h.io/" + String(repeating: "a", count: count) }
    _ = try ImageReference(path(255))
    #expect(throws: ImageReferenceError(.path, .tooLong(limit: 255), in: path(256))) { try ImageReference(path(256)) }
    let tag = String(repeating: "t", count: 128)
    _ = try ImageReference("a:" + tag)
    #expect(throws: ImageReferenceError(.tag, .tooLong(limit: 128), in: "a:t" + tag)) {
      try ImageReference("a:t" + tag)
    }
  }

  @Test func latestIsTheDefaultTagUnlessPinned() throws {
    #expect(try ImageReference("a").withDefaultTag.familiar == "a:latest")
    #expect(try ImageReference("a:b").withDefaultTag.familiar == "a:b")
    #expect(try ImageReference("a@sha256:\(Self.hex)").withDefaultTag.tag == nil)
  }

  @Test func explanationNamesThePart() {
    #expect(
      ImageReferenceError(.tag, .tooLong(limit: 128), in: "x").explanation == "the tag of \"x\" has more than 128 bytes"
    )
  }
}

struct TagTemplateTests {
  private let digest = "sha256:" + ImageReferenceTests.hex

  @Test(arguments: [
    ("app", "app:latest", false), ("app:v1", "app:v1", false), ("app:{context:12}", "app:0123456789ab", true),
    ("r.io:5000/a/{context:6}:x-{context:7}", "r.io:5000/a/012345:x-0123456", true),
    ("app:{context}", "app:\(ImageReferenceTests.hex)", true),
    ("app:{context:64}", "app:\(ImageReferenceTests.hex)", true),
  ])
  func digitsTakeThePlace(text: String, tag: String, needsDigest: Bool) throws {
    let template = try TagTemplate(text)
    #expect(template.needsDigest == needsDigest)
    #expect(try template.reference(contextDigest: digest).familiar == tag)
    #expect(template.text == text)
  }

  @Test(
    arguments: [
      ("app:{context:5}", .placeholder), ("app:{context:65}", .placeholder), ("app:{context:}", .placeholder),
      ("app:{context:+12}", .placeholder), ("app:{context:012}", .placeholder), ("app:{digest}", .placeholder),
      ("app:{context", .placeholder), ("app:}", .tag), ("App:{context:12}", .path), ("r.io:{context:6}/a", .port),
      ("app:{context}{context}{context}", .tag), ("{context}", .name), ("a@sha256:\(ImageReferenceTests.hex)", .digest),
      ("a@sha256:{context}", .digest), ("", .name),
    ] as [(String, ImageReferenceError.Part)])
  func whatCannotTurnOutRightIsRefusedBeforehand(text: String, part: ImageReferenceError.Part) throws {
    let error = #expect(throws: ImageReferenceError.self) { try TagTemplate(text) }
    #expect(error?.part == part)
  }
}
