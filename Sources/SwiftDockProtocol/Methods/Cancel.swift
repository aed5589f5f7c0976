package import JSON

/// `cancel`: takes a build out of its execution. Idempotent; answers at once.
package enum Cancel: ProtocolMethod {
  package static let name = "cancel"

  package enum Subject: Sendable, Equatable {
    case build(String)
    /// With everybody's builds of it; for admins.
    case execution(String)
  }

  package enum Outcome: String, CaseIterable, Sendable {
    /// The execution goes on for others.
    case left
    case stopping, alreadyFinished
  }

  package struct Params: MethodParams, Equatable {
    package var subject: Subject
    package var reason: String?

    package init(_ subject: Subject, reason: String? = nil) {
      self.subject = subject
      self.reason = reason
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      let buildID = try reader.string("buildId", bytes: 1...ObjectReader.stringLimit)
      let executionID = try reader.string("executionId", bytes: 1...ObjectReader.stringLimit)
      switch (buildID, executionID) {
      case (let id?, nil): subject = .build(id)
      case (nil, let id?): subject = .execution(id)
      case (nil, nil): throw ShapeError(path: reader.pointer("buildId"), expected: "the id of a build")
      case (_?, _?): throw ShapeError(path: reader.path, expected: "either buildId or executionId")
      }
      reason = try reader.string("reason")
    }

    package var members: JSONObject {
      var members = JSONObject()
      switch subject {
      case .build(let id): members.put("buildId", id)
      case .execution(let id): members.put("executionId", id)
      }
      members.put("reason", reason)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var outcome: Outcome
    package var participantsLeft: Int

    package init(outcome: Outcome, participantsLeft: Int) {
      self.outcome = outcome
      self.participantsLeft = participantsLeft
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      outcome = try reader.requiredWord("outcome")
      participantsLeft = try reader.requiredInteger("participantsLeft")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("outcome", word: outcome)
      members.put("participantsLeft", participantsLeft)
      return members
    }
  }
}
