internal import DockerEngine
internal import JSONRPC
internal import SwiftDockProtocol

/// Gives names to images.
enum Tagging {
  /// Blocks for one call to the Engine.
  static func apply(
    _ tag: ImageReference, to imageID: String, _ client: EngineClient, endpoint: String
  ) -> BuildResult.Tag {
    do throws(EngineError) {
      try client.tagImage(imageID, repository: tag.familiarName, tag: tag.tag ?? "latest")
      return BuildResult.Tag(tag: tag.familiar, ok: true)
    } catch {
      return BuildResult.Tag(tag: tag.familiar, ok: false, error: RPCError(error, endpoint: endpoint))
    }
  }
}
