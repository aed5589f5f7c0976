internal import JSON

extension EngineRecord {
  init(parsing line: ArraySlice<UInt8>) throws(JSONError) {
    let record = try JSONParser.parse(line)
    if let detail = record["errorDetail"] ?? record["error"] {
      let message = detail["message"]?.stringValue ?? record["error"]?.stringValue ?? ""
      self = .error(message: message, code: detail["code"]?.integerValue.map(Int.init(clamping:)))
    } else if let text = record["stream"]?.stringValue {
      self = .text(text)
    } else if let aux = record["aux"] {
      let id = record["id"]?.stringValue
      if id == "moby.buildkit.trace", let trace = aux.stringValue {
        self = .trace(trace)
      } else if let image = aux["ID"]?.stringValue, !image.isEmpty {
        self = .imageID(image, isFinal: id == "moby.image.id")
      } else if let tag = aux["Tag"]?.stringValue, let digest = aux["Digest"]?.stringValue {
        self = .pushed(tag: tag, digest: digest)
      } else {
        self = .other
      }
    } else if let status = record["status"]?.stringValue {
      let detail = record["progressDetail"]
      // `units` says that something else is counted: seconds, where layers are unpacked into an image store.
      let counts = detail?["units"]?.stringValue.map(\.isEmpty) ?? true ? detail : nil
      self = .status(
        StatusRecord(
          id: record["id"]?.stringValue, status: status, current: counts?["current"]?.integerValue,
          total: counts?["total"]?.integerValue))
    } else {
      self = .other
    }
  }
}
