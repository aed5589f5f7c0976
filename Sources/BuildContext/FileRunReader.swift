internal import CLinux
internal import Glibc

/// Reads the files of runs. One for each thread.
struct FileRunReader: ~Copyable {
  private let root: Int32
  private let sizeLimit: Int64
  private var reader: FileReader

  /// - Parameters:
  ///   - root: of the context, open as long as this value is used.
  ///   - sizeLimit: of a file that has become another since the walk.
  init(root: Int32, sizeLimit: Int64) throws(ContextError) {
    self.root = root
    self.sizeLimit = sizeLimit
    reader = try FileReader()
  }

  /// Fills in what reading tells.
  mutating func read(_ run: inout FileRun, interrupted: () -> Bool) {
    guard let first = run.files.first else { return }
    run.readingBegan = .now
    var current = first.entry
    do throws(ContextError) {
      let directory = try open(run.directory)
      for index in run.files.indices {
        current = run.files[index].entry
        try read(index, of: &run, in: directory.raw, interrupted: interrupted)
      }
    } catch {
      run.failure = FileRun.Failure(entry: current, error: error)
    }
  }

  private func open(_ path: [UInt8]) throws(ContextError) -> OwnedDescriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK
    let raw = ContextPath.withTerminated(path.isEmpty ? [UInt8(ascii: ".")] : path[...]) {
      cl_open_beneath(root, $0, flags)
    }
    guard raw >= 0 else { throw SystemError.current.at(path) }
    return OwnedDescriptor(owning: raw)
  }

  /// Reads a file until one reading was not disturbed, at most twice. What the walk saw of it, and what is seen after
  /// its last byte was read, have to be the same.
  private mutating func read(
    _ index: Int, of run: inout FileRun, in directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    let measured = run.files[index]
    let raw = ContextPath.withTerminated(run.name(of: measured)) {
      openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    }
    guard raw >= 0 else { throw SystemError.current.at(run.path(of: measured)) }
    let file = OwnedDescriptor(owning: raw)
    var status = measured.status
    for attempt in 1...2 {
      var reading: (digest: ContextDigest, capability: [UInt8])?
      do throws(FileReader.Failure) {
        if attempt > 1 { try FileReader.rewind(file.raw) }
        let digest = try reader.digest(of: file.raw, size: status.size, copy: nil, interrupted: interrupted)
        reading = (digest, try FileReader.capability(of: file.raw))
      } catch {
        guard attempt == 1, error == .ended else { throw error.at(run.path(of: measured)) }
      }
      let after: FileStatus
      do throws(SystemError) { after = try FileStatus(of: file.raw) } catch { throw error.at(run.path(of: measured)) }
      if let reading, after.isUnchanged(since: status) {
        run.files[index].status = status
        run.files[index].digest = reading.digest
        if !reading.capability.isEmpty { run.capabilities[index] = reading.capability }
        return
      }
      // Which names are one file is known from the walk.
      let isSameFile = after.identity == measured.status.identity
      guard after.type == .regular, isSameFile || after.links == 1 && measured.status.links == 1 else { break }
      guard after.size <= sizeLimit else { throw .tooLarge(limitBytes: sizeLimit) }
      status = after
    }
    throw .changed(path: ContextPath.text(run.path(of: measured)))
  }
}
