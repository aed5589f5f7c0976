internal import BuildContext
internal import BuildLog
internal import DockerEngine
internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The one place where the libraries' errors become the protocol's.
extension RPCError {
  init(_ error: EngineError, endpoint: String) {
    var detail: JSONObject = ["endpoint": .string(endpoint)]
    switch error {
    case .unreachable(_, let code):
      detail["errno"] = .string(Errno.name(code))
      self.init(
        .engineUnavailable, "No Engine answers at \(endpoint): \(Errno.text(code)).",
        hint: Self.hint(forConnecting: code), detail: detail)
    case .timedOut:
      self.init(
        .engineUnavailable, "The Engine at \(endpoint) does not answer.",
        hint: "See whether it is stopped or overloaded.", detail: detail)
    case .interrupted: self.init(.engineUnavailable, "The conversation with the Engine was stopped.", detail: detail)
    case .lost:
      self.init(.engineLost, "The Engine at \(endpoint) ended the connection.", detail: detail)
    case .refused(let status, let message):
      detail["status"] = .integer(Int64(status))
      self.init(.engineError, "The Engine answered \(status): \(message)", detail: detail)
    case .pullFailed(let kind, let message), .pushFailed(let kind, let message):
      self.init(engineFailure: kind, message, detail: detail)
    case .protocolViolation(let violation):
      self.init(
        .engineError, "What answers at \(endpoint) does not speak as an Engine does.",
        hint: "Check that the endpoint is an Engine's socket.", detail: detail, causes: [Cause(message: "\(violation)")]
      )
    case .versionUnsupported(let api, let minimum):
      detail["apiVersion"] = .string(api)
      detail["minimum"] = .string(minimum)
      self.init(
        .engineVersionUnsupported, "API versions do not fit: \(api) is spoken, \(minimum) is the least possible.",
        hint: "Use a newer Engine.", detail: detail)
    case .requestTooLarge(let bytes, let limit):
      self.init(
        .invalidParams, "The options of the build take \(bytes) bytes, the Engine reads \(limit).",
        hint: "Pass fewer or shorter build arguments and labels.")
    case .bodySizeMismatch(let announced, let produced):
      self.init(.internalError, "The context was announced with \(announced) bytes and has \(produced).")
    case .system(let call, let code):
      self.init(.internalError, "\(call): \(Errno.text(code)).", hint: "See the broker's limits on descriptors.")
    }
  }

  private static func hint(forConnecting code: Int32) -> String {
    switch code {
    case EACCES, EPERM: "Run the broker as a user who may use the Engine's socket: root, or the group docker."
    case ENOENT: "Start the Engine, or name its socket: swiftdockd --engine unix:///PATH, or --engine private as root."
    default: "Start the Engine again. The broker connects by itself."
    }
  }

  /// What the Engine could not get, or not do.
  private init(engineFailure kind: FailureKind, _ message: String, detail: JSONObject) {
    switch kind {
    case .imageNotFound:
      self.init(.imageNotFound, message, hint: "Check the image's name and tag.", detail: detail)
    case .authRequired:
      self.init(
        .registryAuthRequired, message, hint: "Log in to the registry and pass the login with the build.",
        detail: detail)
    case .registry:
      self.init(
        .registryUnavailable, message, hint: "See whether the registry can be reached from the Engine's machine.",
        detail: detail)
    case .registryBusy:
      self.init(
        .registryUnavailable, message,
        hint: "Wait before asking this registry again, or pass a login: many allow more to those they know.",
        detail: detail)
    case .registryRefused: self.init(.registryRefused, message, detail: detail)
    case .diskFull:
      self.init(.engineDiskFull, message, hint: "Make room where the Engine keeps its data.", detail: detail)
    case .dockerfile: self.init(.dockerfileInvalid, message, detail: detail)
    case .dockerfileNotFound: self.init(.dockerfileNotFound, message, detail: detail)
    case .sessionRequired: self.init(.featureUnsupported, message, detail: detail)
    case .contextInvalid: self.init(.contextInvalid, message, detail: detail)
    case .step: self.init(.buildFailed, message, detail: detail)
    case .option, .cancelled, .engine: self.init(.engineError, message, detail: detail)
    }
  }

  /// - Parameter diagnostics: places in the Dockerfile.
  init(_ failure: BuildFailure, diagnostics: [Diagnostic]) {
    var detail = JSONObject()
    detail.put("stepId", failure.stepId)
    detail.put("stepName", failure.stepName)
    detail.put("exitCode", failure.exitCode)
    detail.put("status", failure.status)
    if !failure.lastLines.isEmpty { detail.put("lastLines", failure.lastLines) }
    if !diagnostics.isEmpty { detail.put("diagnostics", diagnostics) }
    self.init(engineFailure: failure.kind, failure.message, detail: detail)
    causes = failure.causes.map { Cause(message: $0) }
  }

  /// - Parameter root: what stands for the root of the context, which errors name `.`.
  init(_ error: ContextError, root: String? = nil) {
    func shown(_ path: String) -> String { path == "." ? root ?? path : path }
    func detail(_ path: String) -> JSONObject { ["path": .string(shown(path))] }
    switch error {
    case .notFound(let path):
      self.init(
        .contextNotFound, "There is no directory \(path).", hint: "Pass an existing directory, with its absolute path.",
        detail: detail(path))
    case .notADirectory(let path):
      self.init(
        .contextNotFound, "\(path) is not a directory.", hint: "Pass the directory that holds the Dockerfile.",
        detail: detail(path))
    case .unreadable(let path, let code):
      var members = detail(path)
      members["errno"] = .string(Errno.name(code))
      self.init(
        .contextUnreadable, "\(shown(path)) cannot be read: \(Errno.text(code)).",
        hint: "Make it readable for the broker's user, or exclude it in .dockerignore.", detail: members)
    case .dockerfileNotFound(let path):
      self.init(
        .dockerfileNotFound, "There is no \(path) in the context.",
        hint: "Name the Dockerfile by its path in the context.", detail: detail(path))
    case .dockerfileTooLarge(let limit):
      self.init(
        .dockerfileInvalid, "The Dockerfile is larger than \(limit) bytes.",
        detail: ["limitBytes": .integer(Int64(limit))])
    case .ignoreFileTooLarge(let path, let limit):
      self.init(.contextInvalid, "\(path) is larger than \(limit) bytes.", detail: detail(path))
    case .ignoreFileInvalid(let path, let line, let pattern, let reason):
      var members = detail(path)
      members["line"] = .integer(Int64(line))
      members["why"] = .string("\(reason)")
      self.init(
        .contextInvalid, "\(path), line \(line): the pattern \"\(pattern)\" is not valid.",
        hint: "Correct the pattern.", detail: members)
    case .changed(let path):
      self.init(
        .contextChanged, "\(shown(path)) changed while the context was read.",
        hint: "Build again when the tree is at rest.", detail: detail(path))
    case .tooManyEntries(let limit):
      self.init(
        .contextTooLarge, "The context has more than \(limit) entries.",
        hint: "Exclude what the build does not need in .dockerignore.",
        detail: ["limitFiles": .integer(Int64(limit))])
    case .tooLarge(let limit):
      self.init(
        .contextTooLarge, "The context has more than \(limit) bytes.",
        hint: "Exclude what the build does not need in .dockerignore.", detail: ["limitBytes": .integer(limit)])
    case .namesTooLarge(let limit):
      self.init(
        .contextTooLarge, "The names and link targets of the archive have more than \(limit) bytes.",
        hint: "Leave out of the archive what the build does not need.",
        detail: ["limitBytes": .integer(Int64(limit))])
    case .forbiddenFilesystem(let path):
      self.init(
        .contextPathRefused, "\(shown(path)) is on a file system of the kernel's, which is no context.",
        detail: detail(path))
    case .invalidArchive(let entry, let fault):
      var members = JSONObject()
      members.put("entry", entry)
      members["why"] = .string(fault.rawValue)
      self.init(
        .contextInvalid, "\(entry.map { "The entry \"\($0)\" of the archive" } ?? "The archive") \(fault.words).",
        hint: "Make the archive again, from a directory that a build could be made of.", detail: members)
    case .store(let error) where error.isQuota || [ENOSPC, EDQUOT, EFBIG].contains(error.errno):
      self.init(
        .brokerStorageFull,
        "The broker has no room for the files of the archive\(error.isQuota ? "" : ": \(Errno.text(error.errno))").",
        hint: "Wait for other builds to end, or make room in the broker's state directory.",
        detail: ["what": "spool"])
    case .store(let error):
      self.init(.internalError, "The files of the archive cannot be kept: \(Errno.text(error.errno)).")
    case .interrupted: self.init(.buildCancelled, "The reading of the context was stopped.")
    case .digestUnavailable:
      self.init(
        .internalError, "The system's libcrypto offers no SHA-256.", hint: "Check the installation of OpenSSL.")
    }
  }

  init(_ error: BuildLogError) {
    switch error {
    case .system(_, let path, let code) where code == ENOSPC || code == EDQUOT || code == EFBIG:
      self.init(
        .brokerStorageFull, "The broker has no room for the build's log: \(Errno.text(code)).",
        hint: "Make room in the broker's state directory.", detail: ["what": "log", "path": .string(path)])
    case .system(let call, let path, let code):
      self.init(.internalError, "\(call) \(path): \(Errno.text(code)).")
    case .closed: self.init(.internalError, "The log is closed.")
    }
  }
}
