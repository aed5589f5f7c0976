/// A log file that could not be made, written or read.
package enum BuildLogError: Error, Equatable {
  /// The errno of open(2), write(2) or pread(2). ENOSPC and EDQUOT: the disk is full; the record is not in the log.
  case system(call: String, path: String, errno: Int32)
  /// The log was closed, so nothing can be appended.
  case closed
}
