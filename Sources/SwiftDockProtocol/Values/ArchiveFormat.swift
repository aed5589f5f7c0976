/// The forms of an archive in which a context may come.
package enum ArchiveFormat: String, CaseIterable, Sendable {
  case tar
  case tarGzip = "tar.gz"
  case tarZstd = "tar.zst"
}
