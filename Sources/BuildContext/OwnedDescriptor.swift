internal import Glibc

/// A file descriptor that is closed with this value.
struct OwnedDescriptor: ~Copyable {
  let raw: Int32

  init(owning raw: Int32) {
    self.raw = raw
  }

  deinit {
    close(raw)
  }
}
