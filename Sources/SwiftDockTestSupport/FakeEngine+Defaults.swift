internal import JSON

extension FakeEngine {
  /// What every answer of Docker 20.10.24 carries.
  static let commonFields = [
    ("Api-Version", "1.41"), ("Docker-Experimental", "false"), ("Ostype", "linux"),
    ("Server", "Docker/20.10.24 (linux)"),
  ]

  func addDefaults() {
    for method in ["HEAD", "GET"] {
      on("\(method) /_ping") { exchange in
        try exchange.respond(
          fields: [("Cache-Control", "no-cache, no-store, must-revalidate")], body: Array("OK".utf8),
          type: "text/plain; charset=utf-8")
      }
    }
    on("GET /version") { exchange in
      try exchange.respond(json: [
        "Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64",
      ])
    }
    on("GET /info") { exchange in
      try exchange.respond(json: [
        "ID": "AAAA:BBBB:CCCC:DDDD", "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]], "OSType": "linux",
        "Architecture": "x86_64", "DockerRootDir": "/var/lib/docker", "ServerVersion": "20.10.24",
      ])
    }
    on("POST /build/cancel") { exchange in try exchange.respond() }
  }
}
