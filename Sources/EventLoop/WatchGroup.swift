/// Descriptors with one handler, which gets all of them that are ready at the same time in one call: what has to be done
/// once a call is not done once a descriptor.
package final class WatchGroup: Sendable {
  /// Within one call, a descriptor may be among those that are ready though the handler has unwatched, or even closed, it
  /// a moment before. No other descriptor has its number yet: the loop calls nothing else meanwhile.
  package typealias Handler = @Sendable ([ReadyDescriptor]) -> Void

  let handler: Handler

  package init(_ handler: @escaping Handler) { self.handler = handler }
}

/// What was seen of a descriptor.
package struct ReadyDescriptor: Sendable, Equatable {
  package let descriptor: Int32
  package let readiness: Readiness
}
