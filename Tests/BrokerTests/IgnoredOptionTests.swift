import DockerEngine
import SwiftDockProtocol
import Testing

@testable import Broker

struct IgnoredOptionTests {
  struct Case: CustomTestStringConvertible {
    var product = EngineIdentity.Product.docker
    var builder = DockerEngine.Builder.classic
    var api = APIVersion(1, 41)
    var platform: String?
    var extraHosts: [String] = []
    var cacheFrom: [String] = []
    var network = BuildNetwork.default
    let ignored: String?

    var testDescription: String {
      "\(product) \(builder) \(api) \(platform ?? "") \(extraHosts) \(cacheFrom) \(network)"
    }
  }

  static let cases = [
    Case(platform: "linux/arm64", extraHosts: ["a:host-gateway"], cacheFrom: ["cache"], ignored: nil),
    Case(api: APIVersion(1, 32), platform: "linux/arm64", ignored: nil),
    Case(api: APIVersion(1, 31), platform: "linux/arm64", ignored: "platform"),
    Case(api: APIVersion(1, 31), extraHosts: ["a:10.0.0.1"], ignored: nil),
    Case(extraHosts: ["a:10.0.0.1", "b"], ignored: "extraHosts"),
    Case(extraHosts: ["a:10.0.0"], ignored: "extraHosts"),
    Case(extraHosts: [":host-gateway"], ignored: "extraHosts"),
    // It looks at them itself.
    Case(builder: .buildKit, extraHosts: ["a:10.0.0"], ignored: nil),
    Case(product: .podman, platform: "linux/arm64", ignored: nil),
    Case(product: .podman, cacheFrom: ["cache"], ignored: "cacheFrom"),
    Case(product: .podman, extraHosts: ["a:10.0.0.1", "b:2001:db8::1"], ignored: nil),
    Case(product: .podman, extraHosts: ["a:10.0.0.1", "b:host-gateway"], ignored: "extraHosts"),
    Case(product: .podman, extraHosts: ["a:10.0.0"], ignored: "extraHosts"),
    Case(extraHosts: ["a:10.0.0.1"], network: .none, ignored: nil),
    Case(product: .podman, extraHosts: ["a:10.0.0.1"], network: .host, ignored: nil),
    Case(product: .podman, extraHosts: ["a:10.0.0.1"], network: .none, ignored: "extraHosts"),
    Case(product: .podman, network: .none, ignored: nil),
    Case(product: .podman, extraHosts: ["a"], ignored: "extraHosts"),
    Case(product: .podman, extraHosts: [":10.0.0.1"], ignored: "extraHosts"),
  ]

  @Test(arguments: cases) func optionThatWouldHaveNoEffectIsNamed(with: Case) {
    let identity = EngineIdentity(product: with.product, serverVersion: "4.3.1", apiVersion: with.api)
    let params = BuildParams(
      context: .inline, platform: with.platform, extraHosts: with.extraHosts, cacheFrom: with.cacheFrom)
    #expect(IgnoredOption.first(in: params, network: with.network, with.builder, at: identity)?.name == with.ignored)
  }
}
