/// Why a build could not be carried through to an outcome.
package enum BuildTransferError: Error {
  case engine(EngineError)
  /// What the producer of the context threw. The Engine got an unfinished body, and builds nothing from it.
  case body(any Error)
}
