/// One line of what `POST /build` and the endpoints that pull and push answer with (Engine API, `JSONMessage`).
enum EngineRecord: Equatable {
  /// `stream`: text to be appended as it is; not aligned to lines.
  case text(String)
  /// `aux.ID`. The classic builder sends one a stage, of which the last is the image; BuildKit and `squash` mark the
  /// final one with the record id `moby.image.id`.
  case imageID(String, isFinal: Bool)
  /// `aux` of the record id `moby.buildkit.trace`: base64 of a protobuf message, for `TraceDecoder`.
  case trace(String)
  /// `aux.Tag` and `aux.Digest`: what a push has left under the tag. Missing where the Engine keeps images in containerd.
  case pushed(tag: String, digest: String)
  /// `status`, of pulls and pushes. `id` is that of a layer, and missing for statements about the whole image.
  case status(StatusRecord)
  /// `errorDetail`. Only the classic builder gives a `code`: the exit status of the command.
  case error(message: String, code: Int?)
  /// A record that nothing here needs, such as `aux` of another kind.
  case other
}

struct StatusRecord: Sendable, Equatable {
  var id: String?
  var status: String
  /// Bytes.
  var current: Int64?
  /// Bytes; missing or zero where not known.
  var total: Int64?
}
