import Testing

@testable import BuildContext

struct LexicalPathTests {
  @Test(arguments: [
    ("", "."), (".", "."), ("./", "."), ("/", "/"), ("//", "/"), ("a", "a"), ("a/", "a"), ("./a", "a"), ("a//b", "a/b"),
    ("a/./b/.", "a/b"), ("a/../b", "b"), ("a/b/..", "a"), ("a/..", "."), ("..", ".."), ("../a", "../a"),
    ("../../a/..", "../.."), ("a/../../b", "../b"), ("/..", "/"), ("/../a", "/a"), ("/a/../..", "/"), ("...", "..."),
    ("a /b", "a /b"),
  ])
  func cleans(path: String, cleaned: String) {
    #expect(LexicalPath.clean(Array(path.utf8)) == Array(cleaned.utf8))
  }
}
