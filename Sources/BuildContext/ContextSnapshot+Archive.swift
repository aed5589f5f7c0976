extension ContextSnapshot {
  /// Writes the archive: exactly `tarSize` bytes, in pieces of at most 256 KiB, if the tree is still as it was
  /// measured, or the store still has what it got. The contents that are given on are those that `digest` stands for.
  ///
  /// The last block of the last member and the end of the archive are held back until every file was compared when it
  /// was sent, by its contents or, where these were held, by its status, and then a whole tree once more without reading:
  /// so nobody who expects `tarSize` bytes can take a changed tree for this one. What becomes of a file after it was sent
  /// does not matter.
  /// - Parameters:
  ///   - sink: may take its time, and may throw to stop. The bytes are valid during the call.
  ///   - interrupted: asked between entries and before every read.
  package func writeTar<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void, interrupted: () -> Bool = { false }
  ) throws(ContextTransferError<SinkError>) {
    var refusal: SinkError?
    do throws(ContextError) {
      // What writes is made once, not for every type of error.
      try writeArchive(
        to: { (bytes) throws(ContextError) in
          do throws(SinkError) { try sink(bytes) } catch {
            refusal = error
            throw .interrupted
          }
        }, interrupted: interrupted)
    } catch {
      if let refusal { throw .sink(refusal) }
      throw .context(error)
    }
  }

  /// Gives back the room of contents that were held to be sent, where nobody will send them soon. They can still be sent.
  package func letGoOfContents() {
    if case .tree(let tree) = contents { _ = tree.held.take() }
  }

  private func writeArchive(to sink: ArchiveOutput.Sink, interrupted: () -> Bool) throws(ContextError) {
    var writer = try ArchiveWriter(added)
    switch contents {
    case .tree(let tree):
      var contents = TreeContents(try tree.open(), index: tree.index, held: tree.held.take())
      try writer.writeMembers(of: table, from: &contents, to: sink, interrupted: interrupted)
      try tree.verify(
        table, in: contents.root, filesHaveOneName: !contents.metOtherNames, interrupted: interrupted)
    case .stored(let stored):
      var contents = StoredContents.Reader(stored)
      try writer.writeMembers(of: table, from: &contents, to: sink, interrupted: interrupted)
    case .none:
      try writer.writeAddedMembers(to: sink)
    }
    try writer.finish(to: sink)
  }
}
