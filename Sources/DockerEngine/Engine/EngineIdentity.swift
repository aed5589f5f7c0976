/// Which Engine answers at a socket, as far as it matters for using it.
package struct EngineIdentity: Sendable, Equatable {
  package enum Product: Sendable, Equatable { case docker, podman }

  package var product: Product
  /// `20.10.24+dfsg1`, say; empty where the Engine does not tell.
  package var serverVersion: String
  /// The version both sides speak: the lower of their highest.
  package var apiVersion: APIVersion
  /// `/info` `ID`. Two Engines of one machine can have the same, and it outlives restarts.
  package var id: String
  package var usesContainerdStore: Bool
  /// Where the Engine keeps its data, in its own file system.
  package var rootDirectory: String
  /// What it builds for unless told otherwise, as the `platform` option has it: `linux/amd64`.
  package var platform: String

  package init(
    product: Product, serverVersion: String, apiVersion: APIVersion, id: String = "",
    usesContainerdStore: Bool = false, rootDirectory: String = "", platform: String = "linux/amd64"
  ) {
    self.product = product
    self.serverVersion = serverVersion
    self.apiVersion = apiVersion
    self.id = id
    self.usesContainerdStore = usesContainerdStore
    self.rootDirectory = rootDirectory
    self.platform = platform
  }

  /// The number before the first point of the version, 0 where there is none.
  package var majorVersion: Int { Int(serverVersion.prefix { $0.isASCII && $0.isNumber }) ?? 0 }
}
