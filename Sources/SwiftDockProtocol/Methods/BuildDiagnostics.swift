package import JSON

/// `build.diagnostics`: the places in the files of the context that a build has something to say about.
package enum BuildDiagnostics: ProtocolMethod {
  package static let name = "build.diagnostics"
  package typealias Params = BuildGet.Params

  package struct Result: WireObject, Equatable {
    package var diagnostics: [Diagnostic]
    /// Whether the build has ended, so that no more will come.
    package var complete: Bool

    package init(diagnostics: [Diagnostic], complete: Bool) {
      self.diagnostics = diagnostics
      self.complete = complete
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      diagnostics = try reader.list("diagnostics") ?? []
      complete = try reader.requiredBool("complete")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("diagnostics", diagnostics)
      members.put("complete", complete)
      return members
    }
  }
}
