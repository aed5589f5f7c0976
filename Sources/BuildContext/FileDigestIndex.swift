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

  /// The digest of what the file holds, if that is known without reading it. Then it has no capability either.
  func digest(of status: FileStatus, for user: UInt32) -> ContextDigest? {
    table.withLock { $0.digest(of: status, for: user) }
  }

  /// Remembers those that may be. Files with capabilities are none of them, so that a digest tells that there are none.
  func runWasRead(_ run: FileRun, by user: UInt32) {
    table.withLock { table in
      for (index, file) in run.files.enumerated() where file.isRested && run.capabilities[index] == nil {
        guard let digest = file.digest else { continue }
        table.fileWasRead(file.status, by: user, at: run.readingBegan, digest: digest)
      }
    }
  }

  /// As above, of one that had rested where times can be relied on.
  func wasRead(_ reading: FileReading, by user: UInt32, at time: FileStatus.Time) {
    guard reading.capability.isEmpty else { return }
    table.withLock { $0.fileWasRead(reading.status, by: user, at: time, digest: reading.digest) }
  }

  func contentsDiffered(_ status: FileStatus, for user: UInt32) {
    table.withLock { $0.contentsDiffered(status, for: user) }
  }
}
