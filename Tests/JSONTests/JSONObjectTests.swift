import JSON
import Testing

struct JSONObjectTests {
  @Test func subscriptReplacesInPlaceAppendsAndRemoves() {
    var object: JSONObject = ["a": 1, "b": 2]
    object["a"] = 3
    object["c"] = 4
    #expect(object == ["a": 3, "b": 2, "c": 4])
    object["a"] = nil
    object["z"] = nil
    #expect(object == ["b": 2, "c": 4])
    #expect(object["a"] == nil)
  }
}
