import Testing

@testable import DockerEngine

struct BuildOptionsTests {
  private func text(
    _ builder: Builder, _ product: EngineIdentity.Product = .docker, _ change: (inout BuildOptions) -> Void = { _ in }
  ) -> String {
    var options = BuildOptions(builder: builder, buildID: "b1")
    change(&options)
    return options.query(for: product).text.replacing("%22", with: "'").replacing("%3A", with: ":")
      .replacing("%2C", with: ",").replacing("%7B", with: "{").replacing("%7D", with: "}").replacing("%5B", with: "[")
      .replacing("%5D", with: "]").replacing("%2F", with: "/")
  }

  private let classic = "version=1&dockerfile=Dockerfile&rm=1&forcerm=1"
  private let buildKit = "version=2&buildid=b1&dockerfile=Dockerfile"

  @Test func plainBuildsSayWhatTheEngineWouldNotAssume() {
    #expect(text(.classic) == classic)
    #expect(text(.buildKit) == buildKit)
    #expect(text(.classic, .podman) == classic)
  }

  @Test func everyOptionHasItsParameter() {
    #expect(
      text(.buildKit) {
        $0.dockerfile = "sub/D"
        $0.noCache = true
        $0.target = "t"
        $0.platform = "linux/arm64"
      } == "version=2&buildid=b1&dockerfile=sub/D&nocache=1&target=t&platform=linux/arm64")
    #expect(
      text(.buildKit) { $0.buildArgs = ["B": "2", "A": nil, "C": ""] } == buildKit
        + "&buildargs={'A':null,'B':'2','C':''}")
    #expect(text(.buildKit) { $0.labels = ["y": "2", "x": "1"] } == buildKit + "&labels={'x':'1','y':'2'}")
    #expect(text(.buildKit) { $0.cacheFrom = ["a", "b:1"] } == buildKit + "&cachefrom=['a','b:1']")
    #expect(
      text(.buildKit) { $0.extraHosts = ["a:1.2.3.4", "b:::1"] } == buildKit + "&extrahosts=a:1.2.3.4&extrahosts=b:::1")
    #expect(text(.classic) { $0.network = .none } == classic + "&networkmode=none")
    #expect(text(.classic) { $0.network = .host } == classic + "&networkmode=host")
  }

  @Test func podmanGetsItsOwnForms() {
    #expect(
      text(.classic, .podman) { $0.extraHosts = ["a:1.2.3.4", "b:::1"] } == classic
        + "&extrahosts=['a:1.2.3.4','b:::1']")
    #expect(text(.classic, .podman) { $0.network = .none } == classic + "&networkmode=NetworkDisabled")
    #expect(text(.classic, .podman) { $0.buildArgs = ["A": nil, "B": "2"] } == classic + "&buildargs={'B':'2'}")
    #expect(text(.classic, .podman) { $0.buildArgs = ["A": nil] } == classic)
  }

  private static let imageNames: [(String, String, String?, String?)] = [
    ("alpine", "alpine", nil, nil), ("alpine:3", "alpine", "3", nil), ("r:5000/a/b", "r:5000/a/b", nil, nil),
    ("r:5000/a:x", "r:5000/a", "x", nil), ("a@sha256:1", "a", nil, "sha256:1"),
    ("r:1/a:x@sha256:1", "r:1/a", "x", "sha256:1"),
  ]

  @Test(arguments: imageNames)
  func imageNamesAreCutWhereTheirPartsMeet(text: String, repository: String, tag: String?, digest: String?) {
    let name = ImageName(text)
    #expect(name.repository == repository)
    #expect(name.tag == tag)
    #expect(name.digest == digest)
  }

  @Test func builderIsChosenByWhatTheEngineIs() {
    func builder(
      _ product: EngineIdentity.Product, _ version: String, _ api: APIVersion, containerd: Bool = false
    ) -> Builder {
      EngineIdentity(
        product: product, serverVersion: version, apiVersion: api, usesContainerdStore: containerd
      ).automaticBuilder.builder
    }
    #expect(builder(.docker, "20.10.24+dfsg1", APIVersion(1, 41)) == .buildKit)
    #expect(builder(.docker, "18.09.1", APIVersion(1, 39)) == .buildKit)
    #expect(builder(.docker, "18.06.3", APIVersion(1, 38)) == .classic)
    #expect(builder(.podman, "4.3.1", APIVersion(1, 41)) == .classic)
    #expect(builder(.docker, "24.0.9", APIVersion(1, 43), containerd: true) == .buildKit)
    #expect(builder(.docker, "25.0.0", APIVersion(1, 44), containerd: true) == .classic)
    #expect(builder(.docker, "28.5.2", APIVersion(1, 44), containerd: true) == .classic)
    #expect(builder(.docker, "28.5.2", APIVersion(1, 44)) == .buildKit)
    #expect(builder(.docker, "29.0.0", APIVersion(1, 44), containerd: true) == .buildKit)
  }

  @Test func versionsAreComparedAsNumbers() {
    #expect(APIVersion(1, 9) < APIVersion(1, 41))
    #expect(APIVersion("1.41") == APIVersion(1, 41))
    for text in ["", "1", "1.x", "1.2.3", "-1.2", "1.-2"] { #expect(APIVersion(text) == nil) }
  }
}
