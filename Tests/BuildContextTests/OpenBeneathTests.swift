import CLinux
import Glibc
import Testing

/// The two ways of opening a path below a directory, which have to agree.
struct OpenBeneathTests {
  @Test(arguments: [
    ("f", true), ("d/f", true), ("d/e/f", true), (".", true), ("link", false), ("dlink/f", false), ("none", false),
    ("f/x", false), (String(repeating: "n", count: 256), false), ("d/none/f", false),
  ])
  func opensWithoutFollowingLinks(path: String, opens: Bool) throws {
    let tree = try TemporaryTree()
    try tree.directory("d")
    try tree.directory("d/e")
    for name in ["f", "d/f", "d/e/f"] { try tree.file(name) }
    try tree.link("link", to: "f")
    try tree.link("dlink", to: "d")
    let root = cl_open_directory(tree.root)
    defer { close(root) }
    for open in [cl_open_beneath, cl_open_by_components] {
      let descriptor = open(root, path, O_RDONLY)
      #expect((descriptor >= 0) == opens)
      if descriptor >= 0 {
        #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
        close(descriptor)
      }
    }
    #expect(fcntl(root, F_GETFD) == FD_CLOEXEC)
  }
}
