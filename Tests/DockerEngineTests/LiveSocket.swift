import Glibc

/// The socket of a Docker Engine that may be built on: `SWIFTDOCK_TEST_ENGINE`, `unix://` and a path. It needs no
/// network, and its images and cache grow by what is built.
let liveSocket: String? = getenv("SWIFTDOCK_TEST_ENGINE").map { address in
  let text = String(cString: address)
  let scheme = "unix://"
  return text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
}
