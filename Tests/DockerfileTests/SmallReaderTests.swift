import Testing

@testable import Dockerfile

@Suite struct SmallReaderTests {
  @Test(
    arguments: [
      ("type=cache,target=/x", "cache", nil), ("target=/x", "bind", nil), ("from=a", "bind", "a"),
      ("TYPE=Secret,id=x", "secret", nil), ("type=bind,FROM=a:1,source=/", "bind", "a:1"),
      ("from=a,from=b", "bind", "b"),
      ("\"from=a,b\",type=ssh", "ssh", "a,b"), ("\"from=a\"\"b\"", "bind", "a\"b"), ("from=", "bind", nil),
      ("source=a\"from=b", "bind", nil), ("", "bind", nil), (",,", "bind", nil), ("\"from=x", "bind", "x"),
      ("ro,type=tmpfs", "tmpfs", nil),
    ] as [(String, String, String?)])
  func mountFlag(value: String, type: String, from: String?) {
    let mount = RunMount(value)
    #expect(mount.type == type)
    #expect(mount.from == from)
  }

  @Test(arguments: [
    ("http://x/y", AddSource.Kind.web), ("HTTPS://x/y.git#main", .web), ("\"http://x\"", .web), ("ht\\tp://x", .web),
    ("git://x/y", .git), ("git@github.com:a/b.git", .gitOverSSH), ("ssh://git@x/y", .gitOverSSH),
    ("user_1@my-host.x:path#v1", .gitOverSSH), ("a@b/c:d", .context), ("@host:x", .context), ("dir/file", .context),
    ("github.com/a/b", .context), ("$X", .unknown), ("http://$X", .unknown), ("'open", .unknown), ("a:b", .context),
  ])
  func addSource(word: String, kind: AddSource.Kind) {
    #expect(AddSource(word, escape: UInt8(ascii: "\\")).kind == kind)
  }

  @Test(
    arguments: [
      ("linux/amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("linux/arm64/v8", "linux/arm64"),
      ("Linux/AARCH64", "linux/arm64"), ("linux/arm", "linux/arm/v7"), ("linux/arm/6", "linux/arm/v6"),
      ("linux/armhf", "linux/arm/v7"), ("linux/amd64/v2", "linux/amd64/v2"), ("linux/amd64/v1", "linux/amd64"),
      ("arm64", "linux/arm64"), ("windows", "windows/riscv64"), ("macos/arm64", "darwin/arm64"), ("", nil),
      ("a/b/c/d", nil),
      ("linux/", nil), ("linux/é", nil), ("linux/i386", "linux/386"),
    ] as [(String, String?)])
  func platform(text: String, normal: String?) {
    let engine = Platform(parsing: "linux/riscv64", default: nil)
    #expect(Platform(parsing: text, default: engine)?.description == normal)
  }

  @Test(arguments: [
    ("[]", JSONText.ExecForm.strings([])), (" [ \"a\" , \"b\" ] ", .strings(["a", "b"])), ("[\"a\"", .none),
    ("[\"a\"] x", .none), ("[\"a\",]", .none), ("['a']", .none), ("[a]", .none), ("a", .none), ("", .none),
    ("[1]", .otherArray), ("[\"a\", null, [{}], {\"b\": [1e5, -0.5, true]}]", .otherArray), ("[01]", .none),
    ("[\"\\u0041\\n\\ud83d\\ude00\\ud83d\"]", .strings(["A\n\u{1F600}\u{FFFD}"])), ("[\"\\x\"]", .none),
    ("[\"\\u00g0\"]", .none), ("[\"a\tb\"]", .none), ("[[]", .none), ("[{\"a\" 1}]", .none), ("[{\"a\":1,}]", .none),
    ("[\"\\udc00x\\ud800\\u0041\"]", .strings(["\u{FFFD}x\u{FFFD}A"])), ("[1,]", .none), ("[{}, []]", .otherArray),
  ])
  func execForm(text: String, form: JSONText.ExecForm) {
    #expect(JSONText.execForm(Array(text.utf8)[...]) == form)
  }

  @Test func deepJSONTakesNoStack() {
    let deep = String(repeating: "[", count: 9_999) + String(repeating: "]", count: 9_999)
    #expect(JSONText.execForm(Array(deep.utf8)[...]) == .otherArray)
    let deeper = String(repeating: "[", count: 500_000) + String(repeating: "]", count: 500_000)
    #expect(JSONText.execForm(Array(deeper.utf8)[...]) == .none)
  }
}
