import Glibc
import Synchronization
import Testing

@testable import DockerEngine

/// Both builders of a real Engine, with `/bin/busybox` (linked statically) as all there is in the image.
@Suite(.enabled(if: liveSocket != nil), .serialized)
struct LiveEngineTests {
  private static let both: [Builder] = [.classic, .buildKit]

  private func client() throws -> EngineClient { try EngineClient.negotiate(socketPath: liveSocket ?? "") }

  private func build(
    _ builder: Builder, _ commands: String, interrupt: Interrupt? = nil, network: BuildOptions.Network = .none,
    onEvents: @escaping ([BuildEvent]) -> Void
  ) throws -> BuildOutcome {
    let dockerfile = "FROM scratch\nCOPY busybox /bin/sh\n" + commands
    let tar = try TestTar(["Dockerfile": Array(dockerfile.utf8), "busybox": HostFile.read("/bin/busybox")]).bytes
    var options = BuildOptions(builder: builder, buildID: "live-\(getpid())-\(UInt64.random(in: 0 ... .max))")
    options.network = network
    return try client().build(
      options, bodySize: Int64(tar.count), interrupt: interrupt ?? Interrupt(), onEvents: onEvents
    ) { sink in
      try tar.withUnsafeBytes { try sink($0) }
    }
  }

  @Test func identityIsKnown() throws {
    let identity = try client().identity
    #expect(identity.product == .docker)
    #expect(identity.majorVersion >= 20)
    #expect(identity.platform.hasPrefix("linux/"))
    #expect(identity.automaticBuilder.builder == .buildKit || identity.usesContainerdStore)
  }

  @Test(arguments: both) func outputOfACommandArrivesByStream(builder: Builder) throws {
    let log = EventLog()
    let mark = "\(UInt64.random(in: 0 ... .max))"
    let outcome = try build(
      builder, "RUN echo out-\(mark); echo err >&2\n", onEvents: log.add)
    guard case .succeeded(let image) = outcome else { Issue.record("\(outcome)"); return }
    #expect(log.all.texts.contains { $0.hasSuffix(" out| out-\(mark)") })
    #expect(log.all.texts.contains { $0.hasSuffix(" err| err") })
    let client = try client()
    let inspected = try #require(try client.inspectImage(image))
    #expect(inspected.id == image)
    #expect(inspected.sizeBytes > 100_000)
    try client.tagImage(image, repository: "swiftdock-live", tag: mark)
    #expect(try client.inspectImage("swiftdock-live:\(mark)")?.id == image)
  }

  @Test(arguments: both) func failedCommandIsAFailure(builder: Builder) throws {
    let outcome = try build(builder, "RUN echo last words; exit 7\n", onEvents: { _ in })
    guard case .failed(let failure) = outcome else { Issue.record("\(outcome)"); return }
    #expect(failure.kind == .step)
    #expect(failure.exitCode == 7, "\(failure)")
    #expect(failure.lastLines == ["last words"])
  }

  @Test(arguments: both) func dockerfileThatCannotBeReadHasItsLine(builder: Builder) throws {
    let outcome = try build(builder, "BOGUS\n", onEvents: { _ in })
    guard case .failed(let failure) = outcome else { Issue.record("\(outcome)"); return }
    #expect(failure.kind == .dockerfile)
    #expect(failure.dockerfileLine == 3)
  }

  @Test(arguments: both) func cancelledCommandIsGone(builder: Builder) throws {
    let interrupt = try Interrupt()
    let seconds = "61.\(UInt32.random(in: 100_000...999_999))"
    let outcome = try build(
      builder, "RUN echo begun; exec sleep \(seconds)\n", interrupt: interrupt,
      onEvents: { events in if events.texts.contains(where: { $0.hasSuffix("out| begun") }) { interrupt.fire() } })
    #expect(outcome == .interrupted(mayStillRun: false), "\(outcome)")
    #expect(!(try HostFile.isRunning(argument: seconds)))
  }

  /// The classic builder takes the first blocks of zeros for the end of an empty archive, and reads no more.
  @Test(arguments: [(Builder.classic, 500, FailureKind.dockerfileNotFound), (.buildKit, 400, .option)])
  func refusalOfALargeContextIsRead(builder: Builder, status: Int, kind: FailureKind) throws {
    var options = BuildOptions(builder: builder, buildID: "live-\(getpid())-refused")
    options.platform = "no/such/plat/form"
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let outcome = try client().build(
      options, bodySize: Int64(zeros.count * 64), interrupt: Interrupt(), onEvents: { _ in }
    ) { sink in
      for _ in 0..<64 { try zeros.withUnsafeBytes { try sink($0) } }
    }
    guard case .failed(let failure) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(failure.status == status)
    #expect(failure.kind == kind)
  }

  @Test func unknownImageIsNone() throws {
    #expect(try client().inspectImage("swiftdock-live:absent") == nil)
  }

  @Test func pullWithoutARegistryFails() throws {
    #expect {
      try client().createImage("127.0.0.1:1/absent:x")
    } throws: { error in
      if case EngineError.pullFailed(kind: .registry, _) = error { true } else { false }
    }
  }
}
