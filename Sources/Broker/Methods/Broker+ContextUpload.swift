internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// `context.upload.*`: contexts that come in pieces. What is taken, and in which order, `UploadTable` decides; the bytes
/// are worked at by threads of their own.
extension Broker {
  func beginUpload(_ params: ContextUploadBegin.Params, _ call: Call) throws(RPCError) -> ContextUploadBegin.Result {
    guard !isDraining else { throw RPCError(BuildTable.Refusal.draining) }
    let id = UploadID(RandomID.make())
    let uid = call.session.peer.uid
    let now = ContinuousClock.now
    try uploads { (table) throws(UploadTable.Refusal) in
      try table.begun(id, by: uid, announced: params.sizeBytes, now: now)
    }
    let reception = UploadReception(
      format: BuildContext.ArchiveFormat(params.format), spools: spools, limits: contextReader.limits)
    uploads[id] = UploadRecord(reception)
    expireUploads()
    let life = uploadTable.limits.life / .milliseconds(1)
    return ContextUploadBegin.Result(
      uploadID: id.text, maxChunkBytes: settings.limits.uploadChunkBytes, expiresAtMs: wallClockMs() + Int(life))
  }

  func continueUpload(
    _ params: ContextUploadChunk.Params, _ call: Call
  ) throws(RPCError) -> Answer<ContextUploadChunk.Result> {
    let id = UploadID(params.uploadID)
    try work(.chunk(params.data), on: id, call) { table, work, now throws(UploadTable.Refusal) in
      try table.chunk(
        id, by: call.session.peer.uid, offset: params.offset, size: params.data.count, work: work, now: now)
    }
    return .later
  }

  func endUpload(
    _ params: ContextUploadEnd.Params, _ call: Call
  ) throws(RPCError) -> Answer<ContextUploadEnd.Result> {
    let id = UploadID(params.uploadID)
    try work(.end(sha256: params.sha256), on: id, call) { table, work, now throws(UploadTable.Refusal) in
      try table.end(id, by: call.session.peer.uid, work: work, now: now)
    }
    return .later
  }

  func abortUpload(_ params: ContextUploadAbort.Params, _ call: Call) throws(RPCError) -> ContextUploadAbort.Result {
    let uid = call.session.peer.uid
    let actions = try uploads { (table) throws(UploadTable.Refusal) in
      try table.aborted(UploadID(params.uploadID), by: uid)
    }
    perform(actions)
    return ContextUploadAbort.Result()
  }

  /// For a build that is asked for.
  func completeUpload(_ id: String, of uid: UInt32) throws(RPCError) -> ReceivedTree {
    let upload = UploadID(id)
    try uploads { (table) throws(UploadTable.Refusal) in try table.used(upload, by: uid, now: .now) }
    guard let tree = uploads[upload]?.tree else { throw RPCError(UploadTable.Refusal.incomplete) }
    return tree
  }

  // MARK: Works

  private func uploads<Value>(
    _ body: (inout UploadTable) throws(UploadTable.Refusal) -> Value
  ) throws(RPCError) -> Value {
    do throws(UploadTable.Refusal) { return try body(&uploadTable) } catch { throw RPCError(error) }
  }

  /// Takes on a work, which is answered when it is done.
  private func work(
    _ kind: UploadRecord.Work.Kind, on id: UploadID, _ call: Call,
    _ decide: (inout UploadTable, Int, ContinuousClock.Instant) throws(UploadTable.Refusal) -> [UploadTable.Action]
  ) throws(RPCError) {
    lastUploadWork += 1
    let number = lastUploadWork
    let actions = try uploads { (table) throws(UploadTable.Refusal) in try decide(&table, number, .now) }
    uploads[id]?.works[number] = UploadRecord.Work(
      number: number, kind: kind, session: call.session.id, request: call.id)
    call.session.pending[call.id] = .upload(number)
    perform(actions)
  }

  func perform(_ actions: [UploadTable.Action]) {
    for action in actions {
      switch action {
      case .perform(let id, let number): start(number, of: id)
      case .forget(let id, let undone):
        guard let upload = uploads.removeValue(forKey: id) else { continue }
        upload.reception.abort()
        journal.write(.info, "upload gone", ["upload": id.text])
        for number in undone {
          upload.works[number].map { answer($0, .failure(RPCError(UploadTable.Refusal.notFound))) }
        }
      }
    }
    expireUploads()
  }

  private func start(_ number: Int, of id: UploadID) {
    guard let upload = uploads[id], let work = upload.works[number] else { return }
    let reception = upload.reception
    let walker: ContextWalker = engine.state.builder == .classic ? .classic : .buildKit
    uploaders.run { [self] in
      let done: Result<UploadWorkDone, RPCError>
      do throws(RPCError) { done = .success(try UploadWorkDone(work.kind, id, reception, walker)) } catch {
        done = .failure(error)
      }
      onLoop { $0.worked(number, of: id, done) }
    }
  }

  private func worked(_ number: Int, of id: UploadID, _ done: Result<UploadWorkDone, RPCError>) {
    guard let upload = uploads[id], let work = upload.works.removeValue(forKey: number) else { return }
    switch done {
    case .success(let done):
      upload.tree = done.complete?.tree ?? upload.tree
      answer(work, .success(done.answer))
      perform(uploadTable.worked(id, succeeded: true, stored: done.complete?.stored, now: .now))
    case .failure(let error):
      answer(work, .failure(error))
      perform(uploadTable.worked(id, succeeded: false, now: .now))
    }
  }

  /// The connection may be gone, or have cancelled the request: the work is done all the same.
  private func answer(_ work: UploadRecord.Work, _ result: Result<JSONValue, RPCError>) {
    // The id may belong to another request by now.
    guard let session = sessions[work.session], case .upload(work.number)? = session.pending[work.request]
    else { return }
    session.pending[work.request] = nil
    switch result {
    case .success(let result): session.send(RPCEncoder.result(result, id: work.request))
    case .failure(let error): send(error, to: work.request, of: session)
    }
    serveSoon(session)
  }

  // MARK: Time

  private func expireUploads() {
    uploadTimer.map(loop.cancel)
    uploadTimer = nil
    guard let next = uploadTable.nextExpiry else { return }
    uploadTimer = loop.schedule(after: max(.zero, next - .now)) { [self] in
      assumeIsolated { $0.perform($0.uploadTable.expired(now: .now)) }
    }
  }
}

/// What a work has come to.
private struct UploadWorkDone: Sendable {
  let answer: JSONValue
  /// Where the upload is.
  var complete: UploadReception.Complete?

  /// Blocks.
  init(
    _ kind: UploadRecord.Work.Kind, _ id: UploadID, _ reception: UploadReception, _ walker: ContextWalker
  ) throws(RPCError) {
    switch kind {
    case .chunk(let bytes):
      answer = ContextUploadChunk.Result(received: try reception.append(bytes)).json
    case .end(let expected):
      let complete = try reception.finish()
      let (tree, digest) = (complete.tree, complete.digest)
      if let expected, expected != digest.hex {
        throw RPCError(
          .digestMismatch, "The bytes that came are not those that were sent: their SHA-256 differs.",
          hint: "Upload the archive again.", detail: ["expected": .string(expected), "actual": .string(digest.hex)])
      }
      self.complete = complete
      answer =
        ContextUploadEnd.Result(
          contextID: id.text, contextDigest: try Self.digest(of: tree, walker, reception)?.description,
          sizeBytes: Int(tree.contentBytes), files: tree.fileCount
        ).json
    }
  }

  /// nil where a build without options would not find its Dockerfile.
  private static func digest(
    of tree: ReceivedTree, _ walker: ContextWalker, _ reception: UploadReception
  ) throws(RPCError) -> ContextDigest? {
    do throws(ContextError) {
      let source = ContextSource(archive: tree, walker: walker)
      return try ContextSnapshot(measuring: source, interrupted: { reception.isAborted }).digest
    } catch {
      guard case .dockerfileNotFound = error else { throw RPCError(error) }
      return nil
    }
  }
}

extension RPCError {
  init(_ refusal: UploadTable.Refusal) {
    switch refusal {
    case .notFound:
      self.init(
        .uploadNotFound, "There is no such upload.",
        hint: "Uploads end with an error, an abort or after a time without use: begin another one.")
    case .incomplete:
      self.init(.uploadNotFound, "The upload is not complete.", hint: "Call context.upload.end first.")
    case .tooMany(let limit):
      self.init(
        .tooManyRequests, "\(limit) uploads of yours have not ended.", hint: "End some, or abort some.",
        detail: ["limit": .integer(Int64(limit))])
    case .tooManyWorks(let limit):
      self.init(
        .tooManyRequests, "\(limit) pieces of the upload wait to be stored.",
        hint: "Wait for an answer before the next piece.", detail: ["limit": .integer(Int64(limit))], retryAfterMs: 100)
    case .wrongOffset(let expected):
      self.init(
        .uploadOffsetMismatch, "The upload goes on at byte \(expected).", hint: "Send from there.",
        detail: ["expected": .integer(Int64(expected))])
    case .tooShort(let received, let announced):
      self.init(
        .uploadOffsetMismatch, "\(announced) bytes were announced, \(received) have come.", hint: "Send the rest.",
        detail: ["expected": .integer(Int64(received))])
    case .tooLong(let announced):
      self.init(
        .contextInvalid, "The upload was announced with \(announced) bytes, and this would be more.",
        hint: "Announce the size of the archive as it is sent, or none.",
        detail: ["why": "tooLong", "limitBytes": .integer(Int64(announced))])
    case .complete:
      self.init(
        .invalidParams, "The upload was ended, so that nothing can follow.", hint: "Begin another one.",
        detail: ["path": "/data", "expected": "nothing"])
    }
  }
}
