internal import Glibc
internal import Synchronization

/// The digests of files that were read, in memory, so that a walk which finds them unchanged need not read them again
/// (`FileDigestTable` has the rules). Any number of measurements may use it at the same time.
package final class FileDigestIndex: Sendable {
  private let table: Mutex<FileDigestTable>

  /// - Parameter limit: of files, some 90 bytes each.
  package convenience init(limit: Int) {
    self.init(FileDigestTable(limit: limit))
  }

  /// - Parameter table: what is known from the start.
  init(_ table: FileDigestTable) {
    self.table = Mutex(table)
  }

  /// Files whose digest is remembered.
  package var count: Int { table.withLock { $0.count } }

  func walkBegan() {
    table.withLock { $0.walkBegan() }
  }

  /// Sets the digests that are known.
  func find(in run: inout FileRun, for user: UInt32) {
    table.withLock { table in
      for index in run.files.indices where run.files[index].isIndexed {
        run.files[index].digest = table.digest(of: run.files[index].status, for: user)
      }
    }
  }

  /// Remembers those that may be. Files with capabilities are none of them, so that a digest tells that there are none.
  func runWasRead(_ run: FileRun, by user: UInt32) {
    table.withLock { table in
      for (index, file) in run.files.enumerated() where file.isIndexed && run.capabilities[index] == nil {
        guard let digest = file.digest else { continue }
        table.fileWasRead(file.status, by: user, at: run.readingBegan, digest: digest)
      }
    }
  }

  func contentsDiffered(_ status: FileStatus, for user: UInt32) {
    table.withLock { $0.contentsDiffered(status, for: user) }
  }
}
