internal import CLinux
internal import Glibc

/// Reads the files of runs, and single ones. One for each thread.
struct FileRunReader: ~Copyable {
  private let root: Int32
  private let sizeLimit: Int64
  private var reader: FileReader
  private var holder: ContentHolder
  /// Whether a file was met that has extended attributes, or may have some. Where there is one, all may, as a label of
  /// SELinux.
  private var meetsAttributes = false

  /// - Parameters:
  ///   - root: of the context, open as long as this value is used.
  ///   - sizeLimit: of a file that has become another since the walk.
  ///   - room: for contents that are worth it.
  init(root: Int32, sizeLimit: Int64, room: ContentRoom?) throws(ContextError) {
    self.root = root
    self.sizeLimit = sizeLimit
    holder = ContentHolder(room)
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

  private mutating func read(
    _ index: Int, of run: inout FileRun, in directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    let file = run.files[index]
    let reading: FileReading
    do throws(FileReader.Failure) {
      let descriptor = try FileReader.open(run.name(of: file), in: directory)
      reading = try read(descriptor.raw, found: file.status, isRested: file.isRested, interrupted: interrupted)
    } catch {
      throw error.at(run.path(of: file))
    }
    run.files[index].status = reading.status
    run.files[index].digest = reading.digest
    if !reading.capability.isEmpty { run.capabilities[index] = reading.capability }
    if let place = reading.place { run.held.append((index, place)) }
  }

  /// Reads a file whose status is not known yet. One status from afterwards may be enough for it: a file that had rested
  /// before it was opened, by that status, has not changed since, unless the clock was put back.
  /// - Returns: what `finish` takes, before any other file is read; nil where this one has to be read anew.
  mutating func readEarly(_ descriptor: Int32) -> EarlyReading? {
    guard let count = reader.readEarly(descriptor) else { return nil }
    do throws(FileReader.Failure) {
      return EarlyReading(count: count, capability: try capability(of: descriptor))
    } catch {
      return nil
    }
  }

  /// - Parameter status: from afterwards, of a file that had rested before it was opened.
  /// - Returns: nil where not all of it was read.
  mutating func finish(_ early: EarlyReading, _ status: FileStatus) throws(FileReader.Failure) -> FileReading? {
    guard status.size == Int64(early.count) else { return nil }
    let space = holder.space(for: status.size)
    let digest = try reader.earlyDigest(count: early.count, into: space)
    let place = space.flatMap { holder.keep($0.count) }
    return FileReading(status: status, digest: digest, capability: early.capability, place: place)
  }

  /// Reads a file until one reading was not disturbed, at most twice. What was seen of it before, and what is seen after
  /// its last byte was read, have to be the same.
  /// - Parameters:
  ///   - descriptor: stands at the beginning.
  ///   - found: by the walk, which knows of other names of the file.
  ///   - isRested: whether it had rested then, where times can be relied on: only such files are held, as only they look
  ///     changed whenever they are.
  mutating func read(
    _ descriptor: Int32, found: FileStatus, isRested: Bool, interrupted: () -> Bool
  ) throws(FileReader.Failure) -> FileReading {
    var status = found
    for attempt in 1...2 {
      var digest: ContextDigest?
      let space = isRested && attempt == 1 ? holder.space(for: status.size) : nil
      do throws(FileReader.Failure) {
        if attempt > 1 { try FileReader.rewind(descriptor) }
        if let space {
          digest = try reader.digest(of: descriptor, into: space, interrupted: interrupted)
        } else {
          digest = try reader.digest(of: descriptor, size: status.size, interrupted: interrupted)
        }
      } catch {
        guard attempt == 1, error == .ended else { throw error }
      }
      let capability = try capability(of: descriptor)
      let after: FileStatus
      do throws(SystemError) { after = try FileStatus(of: descriptor) } catch { throw .system(error) }
      if let digest, after.isUnchanged(since: status) {
        let place = space.flatMap { holder.keep($0.count) }
        return FileReading(status: status, digest: digest, capability: capability, place: place)
      }
      let isSameFile = after.identity == found.identity
      guard after.type == .regular, isSameFile || after.links == 1 && found.links == 1 else { break }
      guard after.size <= sizeLimit else { throw .tooLarge(limitBytes: sizeLimit) }
      status = after
    }
    throw .changed
  }

  /// As `FileReader.capability`. That a file has no attributes at all is known sooner than that it lacks this one.
  private mutating func capability(of descriptor: Int32) throws(FileReader.Failure) -> [UInt8] {
    if !meetsAttributes {
      if cl_has_attributes(descriptor) == 0 { return [] }
      meetsAttributes = true
    }
    return try FileReader.capability(of: descriptor)
  }
}
