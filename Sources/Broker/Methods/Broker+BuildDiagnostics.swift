internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build.diagnostics`: those of the execution, and of what failed before there was one.
  func diagnostics(_ params: BuildDiagnostics.Params, _ call: Call) throws(RPCError) -> BuildDiagnostics.Result {
    let build = try find(params.buildID, for: call.session)
    var diagnostics = build.execution?.diagnostics ?? []
    for diagnostic in build.error?.diagnostics ?? [] where !diagnostics.contains(diagnostic) {
      diagnostics.append(diagnostic)
    }
    if case .path(let root) = build.params.context {
      for index in diagnostics.indices {
        // A text is no file of the directory.
        guard build.params.dockerfileText == nil || diagnostics[index].path != build.dockerfile else { continue }
        diagnostics[index].uri = FileURI.text(directory: root, path: diagnostics[index].path)
      }
    }
    return .init(diagnostics: diagnostics, complete: build.state.isFinal)
  }
}

/// `file:` URIs (RFC 8089).
enum FileURI {
  /// - Parameters:
  ///   - directory: an absolute path.
  ///   - path: of a file below it.
  static func text(directory: String, path: String) -> String {
    let root = directory.hasSuffix("/") ? directory : directory + "/"
    return "file://" + (root + path).utf8.map(encoded).joined()
  }

  private static func encoded(_ byte: UInt8) -> String {
    let scalar = Unicode.Scalar(byte)
    let isPlain =
      scalar.isASCII && (scalar.properties.isAlphabetic || 0x30...0x39 ~= byte || "/-._~".utf8.contains(byte))
    if isPlain { return String(Character(scalar)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "%" + (digits.count < 2 ? "0" : "") + digits
  }
}
