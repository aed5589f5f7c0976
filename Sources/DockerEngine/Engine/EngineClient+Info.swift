internal import JSON

/// `GET /info`, as far as builds depend on it.
package struct EngineInfo: Sendable, Equatable {
  /// Two Engines of one machine can have the same, and it outlives restarts.
  package var id: String
  package var serverVersion: String
  package var driver: String
  package var usesContainerdStore: Bool
  package var rootDirectory: String
  package var osType: String
  /// As `uname -m` names it.
  package var architecture: String

  /// As the `platform` option names it: `linux/amd64`, `linux/arm/v7`.
  package var platform: String {
    let architecture =
      switch self.architecture {
      case "x86_64": "amd64"
      case "aarch64": "arm64"
      case "armv7l": "arm/v7"
      case "armv6l": "arm/v6"
      case "i386", "i486", "i586", "i686": "386"
      default: self.architecture
      }
    return "\(osType)/\(architecture)"
  }
}

extension EngineClient {
  package func info(interrupt: Interrupt? = nil) throws(EngineError) -> EngineInfo {
    EngineInfo(try json(HTTPRequest(.get, versioned("/info")), interrupt: interrupt))
  }
}

extension EngineInfo {
  init(_ answer: JSONValue) {
    func text(_ name: String) -> String { answer[name]?.stringValue ?? "" }
    id = text("ID")
    serverVersion = text("ServerVersion")
    driver = text("Driver")
    rootDirectory = text("DockerRootDir")
    osType = text("OSType")
    architecture = text("Architecture")
    // A list of pairs (moby `daemon/containerd/service.go`).
    usesContainerdStore = (answer["DriverStatus"]?.arrayValue ?? []).contains {
      $0 == .array(["driver-type", "io.containerd.snapshotter.v1"])
    }
  }
}
