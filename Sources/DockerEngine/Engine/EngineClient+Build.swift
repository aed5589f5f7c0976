extension EngineClient {
  /// `POST /build`: sends a context, follows the build to its end, and cancels it when `interrupt` fires.
  ///
  /// Runs on the calling thread from the first byte to the last: `body` is asked for the context once, and `onEvents`
  /// is called with what one read gave, or about the upload, with at least one event. An answer of 4xx or 5xx is a failed build, as is an error in
  /// the stream; that the Engine cannot be reached is an error.
  ///
  /// An interrupt is heeded at once; after that the call takes at most `timeouts.cancel` and a few seconds to see the
  /// work ended. A build that had ended well before it could be stopped is `succeeded` nevertheless.
  /// - Parameters:
  ///   - bodySize: bytes of the context's tar.
  ///   - body: gives exactly `bodySize` bytes to its sink.
  package func build(
    _ options: BuildOptions, bodySize: Int64, interrupt: Interrupt, onEvents: @escaping ([BuildEvent]) -> Void,
    body: (BodySink) throws -> Void
  ) throws(BuildTransferError) -> BuildOutcome {
    let conversation = BuildConversation(self, options, bodySize: bodySize, interrupt: interrupt, onEvents: onEvents)
    let request = HTTPRequest(
      .post, versioned("/build"), query: options.query(for: identity.product),
      fields: [("Content-Type", "application/x-tar")])
    let exchange: HTTPExchange
    do {
      exchange = try HTTPExchange(self, deadline: nil, interrupt: interrupt, observer: conversation)
    } catch .interrupted {
      return .interrupted(mayStillRun: false)
    } catch {
      throw .engine(error)
    }
    defer { exchange.close() }
    do throws(BuildTransferError) {
      try exchange.send(request, size: bodySize, producer: body)
      do throws(EngineError) { try exchange.receive() } catch { throw .engine(error) }
    } catch .engine(.interrupted) {
      return cancel(exchange, conversation, options)
    } catch .engine(.lost) {
      return outcome(
        of: conversation, options.builder, otherwise: exchange.isUploadComplete ? .closed : .unfinishedContext)
    } catch .engine(.timedOut) {
      return outcome(
        of: conversation, options.builder, otherwise: exchange.isUploadComplete ? .silent : .unfinishedContext)
    } catch {
      throw error
    }
    return outcome(of: conversation, options.builder, otherwise: .noResult)
  }

  /// The outcome of a conversation that is over: what the stream said, or `loss` where that is nothing. An image counts
  /// only where the answer ended properly, which `noResult` stands for.
  private func outcome(
    of conversation: BuildConversation, _ builder: Builder, otherwise loss: BuildLoss
  ) -> BuildOutcome {
    conversation.finish()
    let containers = conversation.announcedContainers
    switch conversation.verdict {
    case .failed(let failure) where failure.kind.mayComeOfEnding && !isThere:
      return .lost(.stepEndedWithEngine, containers: containers)
    case .image where loss == .noResult && builder == .classic && !isThere:
      return .lost(.stepEndedWithEngine, containers: containers)
    case .failed(let failure): return .failed(failure)
    case .image(let id) where loss == .noResult: return fullID(id).map { .succeeded(imageID: $0) } ?? .lost(.noResult)
    case .image, .none: return .lost(loss, containers: containers)
    }
  }

  /// Whether the Engine takes connections still. One that is told to end stops taking them before it ends its steps;
  /// where another has answered by now, the end of this one was seen before.
  private var isThere: Bool {
    do throws(EngineError) { _ = try ping(within: timeouts.ping) } catch {
      guard case .refused = error else { return false }
    }
    return !isReplaced && !hasEnded()
  }

  /// `sha256:` and 64 digits, asked for where the stream gave fewer.
  private func fullID(_ id: String) -> String? {
    if id.hasPrefix("sha256:") { return id }
    if id.utf8.count == 64 { return "sha256:" + id }
    // Where the Engine cannot be asked any more, the result is as unknown as if it had not been named.
    return try? inspectImage(id)?.id
  }

  private func cancel(
    _ exchange: HTTPExchange, _ conversation: BuildConversation, _ options: BuildOptions
  ) -> BuildOutcome {
    exchange.interrupt = nil
    guard exchange.isUploadComplete, options.builder == .buildKit else {
      // What has arrived may name a container that is running by now; a closed connection says nothing against it.
      _ = try? exchange.drain()
      exchange.close()
      conversation.finish()
      // Nothing is built from an unfinished context. Podman names no containers, and goes on with a command.
      let isUnknown = exchange.isUploadComplete && identity.product == .podman
      return .interrupted(mayStillRun: isUnknown || !areGone(conversation.announcedContainers, conversation.start))
    }
    exchange.deadline = .now.advanced(by: timeouts.cancel)
    conversation.beginCancelling()
    do throws(EngineError) { try exchange.receive() } catch {
      // Closing the connection is the other way to tell BuildKit; whether it heeded it is not seen.
      conversation.finish()
      return .interrupted(mayStillRun: true)
    }
    conversation.finish()
    if case .image(let id) = conversation.verdict, let image = fullID(id) { return .succeeded(imageID: image) }
    return .interrupted(mayStillRun: false)
  }

  /// Waits for the Engine to remove the containers of a build that it was made to end, and removes them itself where it
  /// takes more than half of `timeouts.cancel`.
  /// - Returns: whether none of them can be running.
  private func areGone(_ containers: [String], _ buildStart: BuildStart) -> Bool {
    let start = SuspendingClock.now
    var left = containers
    var hasRemoved = false
    // A stopped Engine answers none of the questions.
    var client = self
    client.timeouts.answer = timeouts.cancel
    do throws(EngineError) {
      while true {
        var running: [String] = []
        var still: [String] = []
        for id in left {
          guard let container = try client.inspectContainer(id), buildStart.isNotAfter(container) else { continue }
          still.append(id)
          if container.isRunning { running.append(id) }
        }
        left = still
        let waited = SuspendingClock.now - start
        if left.isEmpty || waited >= timeouts.cancel { return running.isEmpty }
        if waited >= timeouts.cancel / 2, !hasRemoved {
          hasRemoved = true
          for id in left { try client.removeContainer(id, force: true) }
        }
        try EngineConnection.pause(.milliseconds(50), interrupt: nil)
      }
    } catch {
      return false
    }
  }
}
