// swift-tools-version: 6.2

// One section a target, sorted as the rows of dependence: a target imports only from the sections above its own, and
// its tests stand beside it. A test (`ImportRulesTests`) reads the sources and holds them to this.

import PackageDescription

/// Every Swift target is built in Swift 6 mode with these; a warning is an error.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Released programs hold Swift's libraries, so that they run where Swift is not installed, begin sooner and need less
/// memory.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, swiftSettings: settings,
    linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
  name: "swiftdock",
  products: [
    .executable(name: "swiftdockd", targets: ["swiftdockd"]),
    .executable(name: "swiftdock-ctl", targets: ["swiftdock-ctl"]),
  ],
  dependencies: [],
  targets: [
    // MARK: - CLinux: system calls that Swift's Glibc module lacks
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),

    // MARK: - CCrypto: the system's libcrypto
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // MARK: - CZlib, CZstd: the system's libraries for compressed archives
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    // MARK: - EventLoop
    library("EventLoop", ["CLinux"]),
    tests("EventLoopTests", ["EventLoop", "CLinux"]),

    // MARK: - JSON
    library("JSON"),
    tests("JSONTests", ["JSON"]),

    // MARK: - JSONRPC
    library("JSONRPC", ["JSON"]),
    tests("JSONRPCTests", ["JSONRPC", "JSON"]),

    // MARK: - SwiftDockProtocol
    library("SwiftDockProtocol", ["JSONRPC", "JSON"]),
    tests("SwiftDockProtocolTests", ["SwiftDockProtocol", "JSONRPC", "JSON"]),

    // MARK: - OpenRPC: the document of the protocol, within the program
    .target(name: "COpenRPC"),
    library("OpenRPC", ["COpenRPC"]),
    tests("OpenRPCTests", ["OpenRPC", "JSON", "SwiftDockTestSupport"]),

    // MARK: - Dockerfile
    library("Dockerfile"),
    tests("DockerfileTests", ["Dockerfile"]),

    // MARK: - BuildContext
    library("BuildContext", ["CCrypto", "CZlib", "CZstd", "CLinux"]),
    tests("BuildContextTests", ["BuildContext", "CLinux"]),

    // MARK: - ContextExplanation
    library("ContextExplanation", ["SwiftDockProtocol", "Dockerfile", "BuildContext"]),
    tests("ContextExplanationTests", ["ContextExplanation", "Dockerfile", "BuildContext", "SwiftDockTestSupport"]),

    // MARK: - DockerEngine
    library("DockerEngine", ["JSON", "CLinux"]),
    tests(
      "DockerEngineTests", ["DockerEngine", "JSON", "CLinux", "SwiftDockTestSupport"],
      resources: [.copy("Fixtures")]),

    // MARK: - DockerConfig
    library("DockerConfig", ["JSON"]),
    tests("DockerConfigTests", ["DockerConfig", "JSON"]),

    // MARK: - PrivateEngine
    library("PrivateEngine", ["CLinux"]),
    tests("PrivateEngineTests", ["PrivateEngine", "CLinux"]),

    // MARK: - BuildLog
    library("BuildLog"),
    tests("BuildLogTests", ["BuildLog"]),

    // MARK: - BuildScheduling
    library("BuildScheduling"),
    tests("BuildSchedulingTests", ["BuildScheduling"]),

    // MARK: - SwiftDockClient
    library("SwiftDockClient", ["SwiftDockProtocol", "JSONRPC", "JSON", "CLinux"]),
    tests(
      "SwiftDockClientTests", ["SwiftDockClient", "swiftdock-ctl", "SwiftDockProtocol", "JSONRPC", "JSON", "CLinux"]),

    // MARK: - Broker
    library(
      "Broker",
      [
        "EventLoop", "JSON", "JSONRPC", "SwiftDockProtocol", "OpenRPC", "Dockerfile", "BuildContext",
        "ContextExplanation", "DockerEngine", "BuildLog", "BuildScheduling",
      ]),
    tests(
      "BrokerTests",
      [
        "Broker", "EventLoop", "JSON", "JSONRPC", "SwiftDockProtocol", "OpenRPC", "BuildContext", "DockerEngine",
        "BuildLog", "BuildScheduling", "SwiftDockTestSupport", "CLinux",
      ]),

    // MARK: - swiftdockd
    program(
      "swiftdockd",
      [
        "Broker", "EventLoop", "DockerConfig", "PrivateEngine", "SwiftDockProtocol", "SwiftDockClient", "CLinux",
      ]),
    tests("SwiftDockDaemonTests", ["swiftdockd", "SwiftDockProtocol"]),

    // MARK: - swiftdock-ctl
    program(
      "swiftdock-ctl",
      [
        "SwiftDockClient", "SwiftDockProtocol", "JSONRPC", "JSON", "EventLoop", "BuildContext", "Dockerfile",
        "ContextExplanation", "DockerConfig", "CLinux",
      ]),

    // MARK: - Tests that see the whole
    library("SwiftDockTestSupport", ["CLinux", "JSON"]),
    tests("WholeProgramTests", ["SwiftDockTestSupport", "JSON", "CLinux"]),
  ],
  swiftLanguageModes: [.v6]
)
