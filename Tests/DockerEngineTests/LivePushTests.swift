import Glibc
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

/// Pushes of a real Engine to a real registry, with an image of one layer that no registry has.
@Suite(
  .enabled(if: liveSocket != nil && RunningProgram.exists(LiveRegistry.program) && RunningProgram.exists("htpasswd")),
  .serialized)
final class LivePushTests {
  private static let size = 1 << 18

  private let client: EngineClient
  private let image: String
  private let tag = "x\(UInt64.random(in: 0 ... .max))"
  private var names: [String] = []

  init() throws {
    client = try EngineClient.negotiate(socketPath: liveSocket ?? "")
    var generator = SystemRandomNumberGenerator()
    let content = (0..<Self.size).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let tar = TestTar(["Dockerfile": Array("FROM scratch\nCOPY content /\n".utf8), "content": content]).bytes
    let outcome = try client.build(
      BuildOptions(builder: .classic, buildID: "live-push-\(tag)"), bodySize: Int64(tar.count), interrupt: Interrupt(),
      onEvents: { _ in }
    ) { sink in
      try tar.withUnsafeBytes { try sink($0) }
    }
    guard case .succeeded(let image) = outcome else { throw ProgramFailure("\(outcome)") }
    self.image = image
  }

  deinit {
    for name in names + [image] {
      // What is left behind by a failed test is an image of a few megabytes.
      _ = try? client.call(HTTPRequest(.delete, client.versioned("/images/\(name)")), interrupt: nil)
    }
  }

  private func named(at registry: String) throws -> String {
    let repository = "\(registry)/live/push"
    try client.tagImage(image, repository: repository, tag: tag)
    names.append("\(repository):\(tag)")
    return repository
  }

  private func failure(
    at registry: String, auth: RegistryAuth? = nil
  ) throws -> (kind: FailureKind, isWorthRetrying: Bool)? {
    let repository = try named(at: registry)
    do throws(EngineError) {
      _ = try client.pushImage(repository, tag: tag, auth: auth)
      return nil
    } catch {
      guard case .pushFailed(let kind, _) = error else { throw error }
      return (kind, error.isWorthRetrying)
    }
  }

  @Test func digestIsThatUnderWhichTheEngineKnowsTheImage() throws {
    let registry = try LiveRegistry()
    let repository = try named(at: registry.address)
    let log = EventLog()
    let digest = try #require(try client.pushImage(repository, tag: tag, onEvents: log.add).digest)
    #expect(try client.inspectImage(image)?.repoDigests.contains("\(repository)@\(digest)") == true)
    let layers = log.all.compactMap { if case .progress(let item) = $0 { item } else { nil } }
    let last = try #require(layers.last)
    #expect(last.unit == .bytes)
    #expect(last.current == Int64(Self.size))
    #expect(last.total == Int64(Self.size))
    #expect(layers.allSatisfy { $0.current <= $0.total ?? 0 })
    let again = EventLog()
    #expect(try client.pushImage(repository, tag: tag, onEvents: again.add).digest == digest)
    #expect(again.all.texts.contains { $0.hasSuffix("Layer already exists 1/1 items") })
  }

  @Test func passwordIsAskedForAndTaken() throws {
    let registry = try LiveRegistry(login: ("alice", "s3cret/+:é"))
    var login = RegistryAuth(serverAddress: registry.address, username: "alice", password: "s3cret")
    #expect(try failure(at: registry.address)?.kind == .authRequired)
    #expect(try failure(at: registry.address, auth: login)?.kind == .authRequired)
    login.password = "s3cret/+:é"
    let repository = try named(at: registry.address)
    let digest = try client.pushImage(repository, tag: tag, auth: login).digest
    #expect(digest != nil)
    #expect(try client.createImage("\(repository):\(tag)", auth: login).digest == digest)
    #expect(throws: EngineError.self) { try client.createImage("\(repository):\(tag)") }
  }

  @Test func refusalsAreToldApart() throws {
    let readOnly = try LiveRegistry(isReadOnly: true)
    #expect(try failure(at: readOnly.address)?.kind == .registryRefused)
    let nobody = try failure(at: "127.0.0.1:1")
    #expect(nobody?.kind == .registry)
    #expect(nobody?.isWorthRetrying == true)
    for (repository, tag) in [("live/absent", tag), ("live/push", "absent")] {
      #expect {
        try client.pushImage("\(readOnly.address)/\(repository)", tag: tag)
      } throws: { error in
        if case EngineError.pushFailed(kind: .imageNotFound, _) = error { true } else { false }
      }
    }
  }
}
