import BuildContext

extension ContextSnapshot {
  var manifest: String {
    var bytes: [UInt8] = []
    writeManifest { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The last field of each line behind the first.
  var paths: [String] {
    manifest.split(separator: "\n").dropFirst().map { String($0.split(separator: " ").last ?? "") }
  }

  /// Never throws an error of the sink.
  func tar() throws(ContextTransferError<Never>) -> [UInt8] {
    var bytes: [UInt8] = []
    try writeTar(to: { bytes += $0 })
    return bytes
  }
}

extension TemporaryTree {
  func snapshot(
    _ walker: ContextWalker = .classic, dockerfile: String? = nil, limits: ContextLimits = .unlimited
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: root, dockerfile: dockerfile, walker: walker), limits: limits)
  }
}
