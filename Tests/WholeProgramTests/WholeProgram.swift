import Glibc
import JSON
import SwiftDockTestSupport
import Testing

/// The built programs against a real Docker Engine, one test at a time: they share the Engine and the machine.
@Suite(
  .serialized,
  .enabled(
    if: Setting.programs != nil && Setting.sharedEngine != nil,
    "SWIFTDOCK_TEST_BIN and SWIFTDOCK_TEST_ENGINE are not set; sh Tests/run.sh sets them"))
enum WholeProgram {}

/// What the tests are told from outside.
enum Setting {
  /// The directory of the built programs.
  static let programs = value("SWIFTDOCK_TEST_BIN")
  /// `unix://PATH` of an Engine that may be built on. It has no network bridge.
  static let sharedEngine = value("SWIFTDOCK_TEST_ENGINE")

  /// `unix://PATH` of a Podman service that may be built on.
  static let podman = value("SWIFTDOCK_TEST_PODMAN")

  static var daemon: String { (programs ?? "") + "/swiftdockd" }
  static var control: String { (programs ?? "") + "/swiftdock-ctl" }
  static var engine: String { sharedEngine ?? "" }
  /// How often a tree is built that changes all the time, for each builder.
  static let changingBuilds = value("SWIFTDOCK_TEST_CHANGING_BUILDS").flatMap(Int.init) ?? 12
  /// How many builds are cancelled at random moments.
  static let cancels = value("SWIFTDOCK_TEST_CANCELS").flatMap(Int.init) ?? 32
  /// Of what is random about them.
  static let seed = value("SWIFTDOCK_TEST_SEED").flatMap(UInt64.init)
  /// What changes mounts, users and Engines needs root.
  static let isRoot = geteuid() == 0

  /// The directory of `Package.swift`.
  static let package = {
    guard let resolved = realpath(#filePath, nil) else { return "." }
    defer { free(resolved) }
    return String(cString: resolved).split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
  }()

  private static func value(_ name: String) -> String? {
    guard let text = getenv(name), text.pointee != 0 else { return nil }
    return String(cString: text)
  }
}

/// Both ways in which an Engine builds.
enum BuilderName: String, CaseIterable, CustomTestStringConvertible {
  case buildkit, classic

  var testDescription: String { rawValue }
}

extension JSONValue {
  /// The member at the end of a path of names.
  func at(_ names: String...) -> JSONValue? { names.reduce(self) { $0?[$1] } }

  /// - Throws: where the text is not one JSON value.
  static func parsing(_ text: some StringProtocol) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  /// One value a line.
  static func lines(_ text: String) throws -> [JSONValue] { try text.split(separator: "\n").map { try parsing($0) } }
}

/// Waits for something that nobody tells of: looks again after each short pause.
func eventually(
  _ what: String, within limit: Duration = RunningProgram.guardTime, _ condition: () throws -> Bool
) throws {
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < deadline else { throw ProgramFailure("not within \(limit): \(what)") }
    usleep(5_000)
  }
}
