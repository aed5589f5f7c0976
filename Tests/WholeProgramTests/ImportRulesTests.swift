import SwiftDockTestSupport
import Testing

/// What the targets may know of each other, as `Package.swift` has it, read off the sources.
struct ImportRulesTests {
  /// What every target may import beside those it depends on.
  private static let system: Set<String> = ["Glibc", "Synchronization"]

  private struct Target {
    let name: String
    let dependencies: [String]
  }

  /// In the order of the file.
  private let targets: [Target]
  /// The modules that a target's files import, each with a file that does.
  private let imports: [String: [String: String]]

  init() throws {
    let package = try HostFiles.text(of: Setting.package + "/Package.swift")
    let declaration =
      /(?:library|program|tests|\.target|\.systemLibrary)\(\s*(?:name:\s*)?"([^"]+)"(?:,\s*\[([^\]]*)\])?/
    targets = package.matches(of: declaration).map { match in
      let names = (match.2 ?? "").matches(of: /"([^"]+)"/).map { String($0.1) }
      return Target(name: String(match.1), dependencies: names)
    }
    // Lines of `PATH:[attributes and access] import [kind] MODULE[.NAME]`.
    let lines = try RunningProgram.output(of: [
      "env", "-C", Setting.package + "/Sources", "grep", "-rE", "--include=*.swift",
      "^(@[A-Za-z_]+ +)*([a-z]+ +)?import +([a-z]+ +)?[A-Za-z_]", ".",
    ])
    var imports: [String: [String: String]] = [:]
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let words = parts[1].split(separator: " ").drop { $0 != "import" }.dropFirst()
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
      guard let module = words.drop(while: kinds.contains).first?.split(separator: ".").first else { continue }
      imports[String(parts[0].split(separator: "/")[1]), default: [:]][String(module)] = String(parts[0])
    }
    self.imports = imports
  }

  private func imports(of target: String) -> [String: String] { imports[target] ?? [:] }

  private var swiftTargets: [Target] { targets.filter { !Self.isC($0.name) && !$0.name.hasSuffix("Tests") } }

  /// Targets of C are named `C` and what they are of.
  private static func isC(_ target: String) -> Bool { target.prefixMatch(of: /C[A-Z]/) != nil }

  @Test func everyTargetIsRead() throws {
    #expect(
      targets.map(\.name).filter { !$0.hasSuffix("Tests") }.sorted()
        == TestDirectory.names(in: Setting.package + "/Sources"))
    #expect(
      targets.map(\.name).filter { $0.hasSuffix("Tests") }.allSatisfy {
        HostFiles.exists("\(Setting.package)/Tests/\($0)")
      })
    // Reading finds what is there.
    #expect(imports(of: "EventLoop").keys.contains("CLinux"))
  }

  @Test func aTargetDependsOnlyOnThoseAboveIt() {
    var above: Set<String> = []
    for target in targets where !target.name.hasSuffix("Tests") {
      for dependency in target.dependencies {
        #expect(above.contains(dependency), "\(target.name) depends on \(dependency)")
      }
      above.insert(target.name)
    }
  }

  @Test func aTargetImportsOnlyWhatItDependsOn() {
    for target in swiftTargets {
      for (module, file) in imports(of: target.name) {
        #expect(target.dependencies.contains(module) || Self.system.contains(module), "\(file) imports \(module)")
      }
    }
  }

  /// Values only: rules and formats, without a socket, a file or a clock.
  @Test(
    arguments: [
      ("JSON", []), ("Dockerfile", []), ("BuildScheduling", []), ("JSONRPC", ["JSON"]),
      ("SwiftDockProtocol", ["JSON", "JSONRPC"]),
    ] as [(String, [String])])
  func rulesAndFormatsKnowNoSystem(target: String, allowed: [String]) {
    for (module, file) in imports(of: target) {
      #expect(allowed.contains(module), "\(file) imports \(module)")
    }
  }

  @Test func aLibraryOfTheSystemHasOneImporter() {
    let wrappers = targets.map(\.name).filter { Self.isC($0) && $0 != "CLinux" }
    #expect(!wrappers.isEmpty)
    for wrapper in wrappers {
      let importers = swiftTargets.filter { imports(of: $0.name).keys.contains(wrapper) }
      #expect(importers.count == 1, "\(wrapper)")
    }
  }

  @Test func theBrokerCallsNoCOfOurs() {
    #expect(!imports(of: "Broker").keys.contains("CLinux"))
  }
}
