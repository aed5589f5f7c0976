import BuildContext
import BuildLog
import DockerEngine
import Glibc
import JSON
import JSONRPC
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// What the libraries' errors are called on the wire: Protocol/README.md, "Errors".
struct ErrorTranslationTests {
  static let engineErrors: [(EngineError, Int, String)] = [
    (.unreachable(socket: "s", errno: ENOENT), 1501, "EngineUnavailable"), (.timedOut, 1501, "EngineUnavailable"),
    (.interrupted, 1501, "EngineUnavailable"), (.lost, 1507, "EngineLost"),
    (.refused(status: 500, message: "m"), 1502, "EngineError"),
    (.pullFailed(kind: .imageNotFound, message: "m"), 1505, "ImageNotFound"),
    (.pullFailed(kind: .authRequired, message: "m"), 1504, "RegistryAuthRequired"),
    (.pullFailed(kind: .registry, message: "m"), 1508, "RegistryUnavailable"),
    (.pullFailed(kind: .registryBusy, message: "m"), 1508, "RegistryUnavailable"),
    (.pushFailed(kind: .registryRefused, message: "m"), 1508, "RegistryRefused"),
    (.pullFailed(kind: .diskFull, message: "m"), 1506, "EngineDiskFull"),
    (.pullFailed(kind: .engine, message: "m"), 1502, "EngineError"),
    (.protocolViolation(.unexpected(field: "Id")), 1502, "EngineError"),
    (.versionUnsupported(api: "1.12", minimum: "1.24"), 1503, "EngineVersionUnsupported"),
    (.requestTooLarge(bytes: 2, limit: 1), -32602, "InvalidParams"),
    (.bodySizeMismatch(announced: 1, produced: 2), -32603, "InternalError"),
    (.system(call: "socket", errno: EMFILE), -32603, "InternalError"),
  ]

  @Test(arguments: 0..<engineErrors.count) func engineErrorsHaveTheirNames(index: Int) {
    let (error, code, name) = Self.engineErrors[index]
    let translated = RPCError(error, endpoint: "unix:///e")
    #expect(translated.code.rawValue == code)
    #expect(translated.name == name)
    #expect(!translated.message.isEmpty)
  }

  @Test func detailsSayWhatAProgramCanUse() {
    let unreachable = RPCError(EngineError.unreachable(socket: "s", errno: EACCES), endpoint: "e")
    #expect(unreachable.detail == ["endpoint": "e", "errno": "EACCES"])
    #expect(unreachable.isRetryable)
    #expect(unreachable.hint?.contains("docker") == true)
    #expect(
      RPCError(EngineError.refused(status: 503, message: "m"), endpoint: "e").detail == [
        "endpoint": "e", "status": 503,
      ])
  }

  static let failureKinds: [(FailureKind, Int)] = [
    (.imageNotFound, 1505), (.authRequired, 1504), (.registry, 1508), (.diskFull, 1506), (.dockerfile, 1206),
    (.dockerfileNotFound, 1207), (.sessionRequired, 1208), (.contextInvalid, 1306), (.step, 1202), (.option, 1502),
    (.cancelled, 1502), (.engine, 1502),
  ]

  @Test(arguments: 0..<failureKinds.count) func failuresHaveTheirNames(index: Int) {
    let (kind, code) = Self.failureKinds[index]
    var failure = BuildFailure(kind: kind, message: "m")
    failure.causes = ["failed to solve"]
    failure.stepId = "3"
    failure.exitCode = 7
    failure.lastLines = ["l"]
    let error = RPCError(failure, diagnostics: [])
    #expect(error.code.rawValue == code)
    #expect(error.causes == [RPCError.Cause(message: "failed to solve")])
    #expect(error.detail == ["stepId": "3", "exitCode": 7, "lastLines": ["l"]])
  }

  static let contextErrors: [(ContextError, Int)] = [
    (.notFound(path: "p"), 1301), (.notADirectory(path: "p"), 1301), (.unreadable(path: "p", errno: EIO), 1303),
    (.dockerfileNotFound(path: "p"), 1207), (.dockerfileTooLarge(limitBytes: 1), 1206),
    (.ignoreFileTooLarge(path: "p", limitBytes: 1), 1306), (.changed(path: "p"), 1310),
    (.tooManyEntries(limit: 1), 1304),
    (.tooLarge(limitBytes: 1), 1304), (.forbiddenFilesystem(path: "p"), 1302), (.interrupted, 1203),
    (.digestUnavailable, -32603), (.invalidArchive(entry: nil, .truncated), 1306),
    (.store(ContentStoreError(errno: EIO)), -32603), (.store(ContentStoreError(errno: EIO, isQuota: true)), 1006),
    (.store(ContentStoreError(errno: ENOSPC)), 1006),
  ]

  @Test func whatIsWrongWithAnArchiveIsNamed() {
    let error = RPCError(ContextError.invalidArchive(entry: "../a", .parentPath))
    #expect(error.detail == ["entry": "../a", "why": "parentPath"])
    #expect(error.message == "The entry \"../a\" of the archive has a path with \"..\" in it.")
  }

  @Test func everyFaultOfAnArchiveIsDocumented() throws {
    let project = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = try HostFiles.text(of: "/\(project)/Protocol/digest.md")
    for fault in ArchiveFault.allCases { #expect(text.contains("`\(fault.rawValue)`"), "\(fault)") }
  }

  @Test(arguments: 0..<contextErrors.count) func contextErrorsHaveTheirNames(index: Int) {
    let (error, code) = Self.contextErrors[index]
    #expect(RPCError(error).code.rawValue == code)
  }

  @Test(arguments: [(ENOSPC, 1006), (EDQUOT, 1006), (EFBIG, 1006), (EIO, -32603)])
  func logThatHasNoRoomIsFullStorage(errno: Int32, code: Int) {
    #expect(RPCError(BuildLogError.system(call: "write", path: "p", errno: errno)).code.rawValue == code)
  }

  @Test func contextThatWasNotSentWholeIsKnownToHaveFailed() {
    #expect(RPCError(BuildLoss.unfinishedContext, endpoint: "e").detail == ["endpoint": "e", "outcome": "failed"])
  }

  @Test(arguments: [EngineError.lost, .timedOut]) func engineThatFallsSilentMidwayIsAsLostAsOneThatHangsUp(
    error: EngineError
  ) {
    let error = RPCError(error, endpoint: "e", ifLost: .unknown)
    #expect(error.code.rawValue == 1507)
    #expect(error.detail == ["endpoint": "e", "outcome": "unknown"])
  }

  @Test(arguments: [BuildLoss.closed, .silent, .noResult, .stepEndedWithEngine])
  func lossesAreOfUnknownOutcome(loss: BuildLoss) {
    let error = RPCError(loss, endpoint: "e")
    #expect(error.code.rawValue == 1507)
    #expect(error.detail == ["endpoint": "e", "outcome": "unknown"])
  }

  @Test(arguments: [
    ("https://index.docker.io/v1/", "docker.io"), ("docker.io", "docker.io"), ("registry-1.docker.io", "docker.io"),
    ("http://localhost:5000", "localhost:5000"), ("r.example/v2/x", "r.example"),
  ]) func loginsAreKnownByTheirHost(server: String, host: String) {
    #expect(RegistryServer.host(of: server) == host)
  }
}
