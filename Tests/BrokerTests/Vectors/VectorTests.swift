import JSON
import SwiftDockProtocol
import Testing

/// `Protocol/vectors`, played against this broker.
struct VectorTests {
  struct Run: CustomTestStringConvertible {
    let vector: Vector
    let writes: WritePattern

    var testDescription: String { "\(vector.testDescription), \(writes.testDescription)" }

    static let all = Vector.all.flatMap { vector in
      WritePattern.allCases.filter { $0.isFor(vector) }.map { Run(vector: vector, writes: $0) }
    }
  }

  @Test(arguments: Run.all) func brokerAnswersAsTheVectorSays(run: Run) throws {
    try VectorPlayer(run.vector, run.writes).play()
  }

  @Test func vectorsHaveNamesOfTheirOwn() {
    #expect(Vector.all.count > 100)
    #expect(Set(Vector.all.map(\.testDescription)).count == Vector.all.count)
  }
}

/// The patterns of the vectors tell right from wrong.
struct VectorPatternTests {
  private func fits(_ pattern: JSONValue, _ value: JSONValue?) throws -> Bool {
    var names = VectorNames()
    return try VectorPattern.mismatch(pattern, value, &names) == nil
  }

  @Test func objectsMayHaveMoreMembersAndArraysMayNot() throws {
    #expect(try fits(["a": 1], ["a": 1, "b": 2]))
    #expect(try !fits(["a": 1], ["a": 2]))
    #expect(try !fits(["a": 1], ["b": 1]))
    #expect(try !fits(["a": "$absent"], ["a": 1]))
    #expect(try fits(["a": "$absent"], ["b": 1]))
    #expect(try fits([1, "$any"], [1, 2]))
    #expect(try !fits([1], [1, 2]))
    #expect(try !fits([["$members": ["a"]]], [["a": 1, "b": 2]]))
  }

  @Test func valuesAreComparedWithTheirTypes() throws {
    #expect(try !fits(1, "1"))
    #expect(try !fits(1, .decimal("1.0")))
    #expect(try !fits("$string", 1))
    #expect(try !fits("$id", "0123"))
    #expect(try fits("$id", .string(String(repeating: "0a", count: 16))))
    #expect(try fits(["$regex": "a+"], "aa"))
    #expect(try !fits(["$regex": "a+"], "ab"))
    #expect(try fits(["$oneOf": ["a", "b"]], "b"))
    #expect(try !fits(["$oneOf": ["a", "b"]], "c"))
    #expect(try !fits(["$each": "$integer"], [1, "2"]))
    #expect(throws: VectorNames.Unknown.self) { try fits("$nothing", 1) }
  }

  @Test func namesAreGivenOnlyWhereTheWholeFits() throws {
    var names = VectorNames()
    let pattern: JSONValue = ["a": ["$bind": "x"], "b": 1]
    #expect(try VectorPattern.mismatch(pattern, ["a": "v", "b": 2], &names) != nil)
    #expect(names["x"] == nil)
    #expect(try VectorPattern.mismatch(pattern, ["a": "v", "b": 1], &names) == nil)
    #expect(try names.replaced(in: "<${x}>") == "<v>")
    #expect(try VectorPattern.mismatch("${x}", "w", &names) != nil)
  }

  @Test(
    arguments: [
      ["jsonrpc": "2.0", "id": 1], ["jsonrpc": "2.0", "id": 1, "result": 1, "error": nil],
      ["jsonrpc": "2.0", "method": "m", "params": []], ["jsonrpc": "2.0", "id": 1, "result": ["jsonrpc": "2.0"]],
      ["jsonrpc": "2.0", "id": 1, "error": ["code": 1, "message": "m", "data": ["name": "ParseError"]]],
      [], [["jsonrpc": "2.0", "method": "m", "params": ["a": 1]]],
    ] as [JSONValue])
  func rulesRefuse(message: JSONValue) { #expect(VectorRules.fault(in: message) != nil) }
}
