extension ContextSnapshot {
  /// Writes the manifest (Protocol/digest.md), whose SHA-256 is `digest`, in pieces of at most some 64 KiB.
  package func writeManifest<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    var manifest = ManifestWriter()
    try manifest.finish(table, to: sink)
  }
}
