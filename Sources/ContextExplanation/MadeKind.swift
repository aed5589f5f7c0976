/// Directories that programs make on the machine where they run, and that a build as a rule makes itself or has no
/// use for.
enum MadeKind: CaseIterable {
  case git, mercurial, subversion
  case nodeModules, rustTarget, mavenTarget, gradle, virtualEnvironment
  case pythonCache, pytest, mypy, ruff, tox

  /// What shows that a directory is what its name says.
  struct Evidence: OptionSet {
    let rawValue: Int

    static let gitHead = Evidence(rawValue: 1)
    static let packageJSON = Evidence(rawValue: 2)
    static let cargo = Evidence(rawValue: 4)
    static let maven = Evidence(rawValue: 8)
    static let gradle = Evidence(rawValue: 16)
    static let virtualEnvironment = Evidence(rawValue: 32)

    private static let byName: [(name: StaticString, evidence: Evidence)] = [
      ("HEAD", .gitHead), ("package.json", .packageJSON), ("Cargo.toml", .cargo), ("pom.xml", .maven),
      ("build.gradle", .gradle), ("build.gradle.kts", .gradle), ("settings.gradle", .gradle),
      ("settings.gradle.kts", .gradle), ("pyvenv.cfg", .virtualEnvironment),
    ]

    /// - Parameter name: of something in the directory that is shown to be one, or beside it.
    static func of(_ name: ArraySlice<UInt8>) -> Evidence {
      byName.first { entry in
        entry.name.withUTF8Buffer { $0.count == name.count && $0.elementsEqual(name) }
      }?.evidence ?? []
    }
  }

  /// - Parameters:
  ///   - inside: what is in the directory.
  ///   - beside: what is in the directory that holds it.
  init?(_ name: String, inside: Evidence, beside: Evidence) {
    switch name {
    case ".git" where inside.contains(.gitHead): self = .git
    case ".hg": self = .mercurial
    case ".svn": self = .subversion
    case "node_modules" where beside.contains(.packageJSON): self = .nodeModules
    case "target" where beside.contains(.cargo): self = .rustTarget
    case "target" where beside.contains(.maven): self = .mavenTarget
    case ".gradle" where beside.contains(.gradle): self = .gradle
    case "__pycache__": self = .pythonCache
    case ".pytest_cache": self = .pytest
    case ".mypy_cache": self = .mypy
    case ".ruff_cache": self = .ruff
    case ".tox": self = .tox
    case _ where inside.contains(.virtualEnvironment): self = .virtualEnvironment
    default: return nil
    }
  }

  /// For people, to stand behind the directory's name.
  var explanation: String {
    switch self {
    case .git: "Git's own data"
    case .mercurial: "Mercurial's own data"
    case .subversion: "Subversion's own data"
    case .nodeModules: "packages installed for package.json"
    case .rustTarget: "what cargo has built"
    case .mavenTarget: "what Maven has built"
    case .gradle: "Gradle's cache"
    case .virtualEnvironment: "a Python environment made on this machine"
    case .pythonCache: "Python's cache of compiled modules"
    case .pytest: "pytest's cache"
    case .mypy: "mypy's cache"
    case .ruff: "ruff's cache"
    case .tox: "tox's environments"
    }
  }

  /// Programs that use the directory without naming it.
  var users: [String] {
    switch self {
    case .git: ["git"]
    case .mercurial: ["hg"]
    case .subversion: ["svn"]
    default: []
    }
  }

  /// Programs that use what is in the directory without naming it, unless it is made anew.
  var readers: [String] {
    switch self {
    case .nodeModules:
      [
        "node", "nodejs", "nodemon", "npm", "npx", "yarn", "pnpm", "bun", "bunx", "next", "pm2", "ts-node", "tsx",
        "vite",
      ]
    default: []
    }
  }

  /// Whether a command makes it anew, so that commands may name it, or use it, all the same.
  func isMade(by commands: CommandWords) -> Bool {
    switch self {
    case .nodeModules:
      commands.contain("yarn", with: ["install", "add"], alone: true)
        || ["npm", "pnpm", "bun"].contains { commands.contain($0, with: ["ci", "install", "i", "add"], alone: false) }
    default: makers.contains(where: commands.contain)
    }
  }

  /// Programs that make it anew where they run.
  private var makers: [String] {
    switch self {
    case .rustTarget: ["cargo"]
    case .mavenTarget: ["mvn", "mvnw"]
    case .gradle: ["gradle", "gradlew"]
    case .virtualEnvironment: ["pip", "pip3", "uv", "poetry", "pipenv", "pdm", "virtualenv", "venv"]
    case .git, .mercurial, .subversion, .nodeModules, .pythonCache, .pytest, .mypy, .ruff, .tox: []
    }
  }

  /// Nothing but a program's own speed depends on it.
  var isCache: Bool {
    switch self {
    case .pythonCache, .pytest, .mypy, .ruff, .gradle: true
    default: false
    }
  }
}
