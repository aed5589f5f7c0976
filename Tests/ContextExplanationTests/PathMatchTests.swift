import Testing

@testable import ContextExplanation

@Suite struct PathMatchTests {
  /// From the table of Go's `path/filepath` (match_test.go).
  @Test(
    arguments: [
      ("abc", "abc", true), ("*", "abc", true), ("*c", "abc", true), ("a*", "a", true), ("a*", "abc", true),
      ("a*", "ab/c", false), ("a*/b", "abc/b", true), ("a*/b", "a/c/b", false), ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
      ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
      ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false), ("a*b?c*x", "abxbbxdbxebxczzx", true),
      ("a*b?c*x", "abxbbxdbxebxczzy", false), ("ab[c]", "abc", true), ("ab[b-d]", "abc", true),
      ("ab[e-g]", "abc", false), ("ab[^c]", "abc", false), ("ab[^b-d]", "abc", false), ("ab[^e-g]", "abc", true),
      ("a\\*b", "a*b", true), ("a\\*b", "ab", false), ("a?b", "a☺b", true), ("a[^a]b", "a☺b", true),
      ("a???b", "a☺b", false), ("a[^a][^a][^a]b", "a☺b", false), ("[a-ζ]*", "α", true), ("*[a-ζ]", "A", false),
      ("a?b", "a/b", false), ("a*b", "a/b", false), ("[\\]a]", "]", true), ("[\\-]", "-", true),
      ("[x\\-]", "x", true), ("[x\\-]", "-", true), ("[x\\-]", "z", false), ("[\\-x]", "x", true),
      ("[\\-x]", "a", false), ("[]a]", "]", false), ("[-]", "-", false), ("[x-]", "x", false), ("[x-]", "-", false),
      ("[-x]", "x", false), ("[-x]", "-", false), ("\\", "a", false), ("[a-b-c]", "a", false), ("[", "a", false),
      ("[^", "a", false), ("[^bc", "a", false), ("a[", "a", false), ("a[", "ab", false), ("*x", "xxx", true),
    ] as [(String, String, Bool)])
  func matchesAsGoDoes(pattern: String, path: String, isMatch: Bool) {
    #expect((PathMatch(Array(pattern.utf8))?.matches(Array(path.utf8)) ?? false) == isMatch)
  }

  @Test(arguments: [
    ("a", false), ("a*", true), ("a?", true), ("[a]", true), ("a\\*", false), ("a\\\\*", true), ("]", false),
  ])
  func patternsAreTold(component: String, isPattern: Bool) {
    #expect(PathMatch.isPattern(component.utf8) == isPattern)
  }
}
