/// Why a member cannot be taken.
enum ReceptionFailure: Error {
  /// For the member itself.
  case fault(ArchiveFault)
  case context(ContextError)
}
