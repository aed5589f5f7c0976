import Testing

@testable import PrivateEngine

struct EngineLayoutTests {
  private let layout: EngineLayout

  init() throws { layout = try EngineLayout(engineDirectory: "/srv/sd/engine", runtimeParent: "/run") }

  @Test func theRuntimeDirectoryIsNamedByTheStateDirectoryAlways() throws {
    // FNV-1a of "/srv/sd/engine".
    #expect(layout.runtimeDirectory == "/run/swiftdock-engine-7db101d7b6e27d26")
    let other = try EngineLayout(engineDirectory: "/srv/se/engine", runtimeParent: "/run")
    #expect(other.runtimeDirectory != layout.runtimeDirectory)
    #expect(
      try EngineLayout(engineDirectory: "/e", runtimeParent: "/").runtimeDirectory.hasPrefix("/swiftdock-engine-"))
  }

  @Test func everySocketBelowTheRuntimeDirectoryFitsIntoASocketAddress() throws {
    let nameLength = "/swiftdock-engine-0123456789abcdef".utf8.count
    let longest = "/" + String(repeating: "r", count: EngineLayout.runtimeDirectoryLimit - nameLength - 1)
    let layout = try EngineLayout(engineDirectory: "/e", runtimeParent: longest)
    #expect((layout.execRoot + "/containerd/containerd.sock.ttrpc").utf8.count == 107)
    #expect(throws: PrivateEngineError.self) { try EngineLayout(engineDirectory: "/e", runtimeParent: longest + "r") }
  }

  @Test func onlyTheDockerdOfBothDirectoriesIsTheDaemon() throws {
    let other = try EngineLayout(engineDirectory: "/srv/other/engine", runtimeParent: "/run")
    #expect(layout.isDaemon(["dockerd"] + layout.arguments))
    #expect(layout.isDaemon(["/usr/sbin/dockerd", "--data-root", layout.dataRoot, "--pidfile", layout.pidFile]))
    #expect(!layout.isDaemon(["dockerd"] + other.arguments))
    #expect(!layout.isDaemon(["dockerd", "--data-root", layout.dataRoot]))
    #expect(!layout.isDaemon(["echo", "dockerd"] + layout.arguments))
    #expect(!layout.isDaemon([]))
  }

  @Test func attendantsAreDockersProgramsWithAnArgumentBelowItsDirectories() {
    let exec = layout.execRoot
    let data = layout.dataRoot
    #expect(layout.isAttendant(["containerd", "--config", exec + "/containerd/containerd.toml"]))
    #expect(layout.isAttendant(["/usr/bin/containerd-shim-runc-v2", "-address", exec + "/containerd/containerd.sock"]))
    #expect(layout.isAttendant(["runc", "--log", data + "/buildkit/executor/runc-log.json", "run"]))
    #expect(layout.isAttendant(["docker-untar", data + "/overlay2/x"]))
    #expect(!layout.isAttendant(["containerd", "--config", "/run/docker/containerd/containerd.toml"]))
    #expect(!layout.isAttendant(["docker", "-H", "unix://" + layout.socket, "cp", data + "/x", "y:/"]))
    #expect(!layout.isAttendant(["tail", "-f", exec + "/containerd/containerd.toml"]))
    #expect(!layout.isAttendant(["containerd", exec + "utive/x", data + "base/x"]))
    #expect(!layout.isAttendant(["", exec + "/x"]))
  }
}
