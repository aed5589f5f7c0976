/// What reading a file has told of it.
struct FileReading {
  /// From before the first byte was read until after the last, as was seen or (`FileRunReader.finish`) follows.
  let status: FileStatus
  let digest: ContextDigest
  /// The value of `security.capability`, or nothing.
  let capability: [UInt8]
  /// Of its contents, if they are held.
  let place: HeldFile.Place?
}
