// sources: Sources/JSON/*.swift

/// Compiled in one module with Sources/JSON: what is accepted is written, read again, and has to be the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let value = parsed(bytes) else { return 0 }
  let written = JSONWriter.bytes(of: value)
  precondition(parsed(written) == value, "reads back differently")
  precondition(!written.contains(0x0A) && !written.contains(0x0D), "does not fit on a line")
  return 0
}

private func parsed(_ bytes: [UInt8]) -> JSONValue? {
  do throws(JSONError) {
    return try JSONParser.parse(bytes)
  } catch {
    precondition(error.offset >= 0 && error.offset <= bytes.count, "offset outside of the text")
    return nil
  }
}
