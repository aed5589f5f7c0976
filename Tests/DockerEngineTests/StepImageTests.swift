import Testing

@testable import DockerEngine

struct StepImageTests {
  private static let names: [(String, String?)] = [
    ("[internal] load metadata for docker.io/library/alpine:3", "docker.io/library/alpine:3"),
    ("resolve image config for docker-image://docker.io/docker/dockerfile:1", "docker.io/docker/dockerfile:1"),
    ("resolve image config for docker.io/docker/dockerfile:1", "docker.io/docker/dockerfile:1"),
    ("[build 1/2] FROM docker.io/library/a@sha256:0", "docker.io/library/a@sha256:0"), ("FROM a:1 AS b", "a:1"),
    ("FROM --platform=linux/arm64 a", "a"), ("from a", "a"), ("FROM", nil), ("FROM --platform=x", nil),
    ("[2/2] RUN FROM a", nil), ("[internal] load build context", nil), ("", nil), ("[", nil),
  ]

  @Test(arguments: names) func imageIsThatOfTheName(name: String, image: String?) {
    #expect(StepImage.reference(inStep: name) == image)
  }

  @Test func onlyFailuresAboutAnImageNameOne() {
    var failure = BuildFailure(kind: .imageNotFound, message: "m")
    failure.happened(in: "3", named: "FROM a", after: ["l"])
    #expect(failure.image == "a")
    #expect(failure.stepId == "3")
    #expect(failure.lastLines == ["l"])
    failure = BuildFailure(kind: .engine, message: "m")
    failure.happened(in: "3", named: "FROM a", after: [])
    #expect(failure.image == nil)
    #expect(failure.kind == .step)
  }
}
