internal import BuildContext
internal import BuildScheduling
internal import JSONRPC

/// What the broker knows of one upload. Belongs to the broker's actor.
final class UploadRecord {
  /// What a request asks to be done, and where its answer goes.
  struct Work {
    enum Kind {
      case chunk([UInt8])
      /// - Parameter sha256: of all bytes, to be compared.
      case end(sha256: String?)
    }

    /// Never used for another.
    let number: Int
    let kind: Kind
    let session: SessionID
    let request: RPCID
  }

  let reception: UploadReception
  /// Not done yet, by number.
  var works: [Int: Work] = [:]
  /// Once it is complete.
  var tree: ReceivedTree?

  init(_ reception: UploadReception) { self.reception = reception }
}
