/// Reads `ImageReference`s. Works on bytes: everything the grammar allows is ASCII.
enum ImageReferenceParser {
  static func parse(_ text: String) throws(ImageReferenceError) -> ImageReference {
    func fault(_ part: ImageReferenceError.Part, _ reason: ImageReferenceError.Reason) -> ImageReferenceError {
      ImageReferenceError(part, reason, in: text)
    }
    guard !text.isEmpty else { throw fault(.name, .empty) }
    let bytes = Array(text.utf8)
    var name = bytes[...]
    var digest: ArraySlice<UInt8>?
    if let at = name.firstIndex(of: UInt8(ascii: "@")) {
      digest = name[(at + 1)...]
      name = name[..<at]
    }
    var tag: ArraySlice<UInt8>?
    let lastSlash = name.lastIndex(of: UInt8(ascii: "/"))
    if let colon = name.lastIndex(of: UInt8(ascii: ":")), colon > lastSlash ?? -1 {
      tag = name[(colon + 1)...]
      name = name[..<colon]
    }
    let (domain, path) = split(name)
    if let domain { try check(domain: domain, fault) }
    guard !path.isEmpty else { throw fault(name.isEmpty ? .name : .path, .empty) }
    guard !path.contains(where: isUpper) else { throw fault(.path, .uppercase) }
    guard path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(isPathComponent) else {
      throw fault(.path, .malformed)
    }
    if let tag { try check(tag: tag, fault) }
    if let digest {
      guard !digest.isEmpty else { throw fault(.digest, .empty) }
      guard isDigest(digest) else { throw fault(.digest, .malformed) }
    }
    guard domain != nil || path.count != 64 || !path.allSatisfy(isLowerHex) else { throw fault(.name, .looksLikeID) }
    let reference = normalised(domain: domain.map(string), path: string(path), tag: tag, digest: digest)
    guard reference.path.utf8.count <= ImageReference.pathLimit else {
      throw fault(.path, .tooLong(limit: ImageReference.pathLimit))
    }
    return reference
  }

  private static func normalised(
    domain: String?, path: String, tag: ArraySlice<UInt8>?, digest: ArraySlice<UInt8>?
  ) -> ImageReference {
    let isHub = domain == nil || domain == "index.docker.io" || domain == ImageReference.hubDomain
    let isLibrary = isHub && !path.utf8.contains(UInt8(ascii: "/"))
    return ImageReference(
      domain: isHub ? ImageReference.hubDomain : domain ?? "",
      path: isLibrary ? ImageReference.hubLibrary + path : path,
      tag: tag.map(string), digest: digest.map(string))
  }

  private typealias Fault = (ImageReferenceError.Part, ImageReferenceError.Reason) -> ImageReferenceError

  /// The first component, where it is a domain, and the rest. An upper-case one without a dot or a port counts as a
  /// mistyped path, as it does for Engines up to 20.10; newer ones would look for a host of that name.
  private static func split(_ name: ArraySlice<UInt8>) -> (domain: ArraySlice<UInt8>?, path: ArraySlice<UInt8>) {
    guard let slash = name.firstIndex(of: UInt8(ascii: "/")) else { return (nil, name) }
    let first = name[..<slash]
    let isDomain =
      first.contains(UInt8(ascii: ".")) || first.contains(UInt8(ascii: ":")) || first.elementsEqual("localhost".utf8)
    return isDomain ? (first, name[(slash + 1)...]) : (nil, name)
  }

  private static func check(domain: ArraySlice<UInt8>, _ fault: Fault) throws(ImageReferenceError) {
    var host = domain
    if host.first == UInt8(ascii: "[") {
      guard let close = host.firstIndex(of: UInt8(ascii: "]")),
        host[(host.startIndex + 1)..<close].count >= 2,
        host[(host.startIndex + 1)..<close].allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") })
      else { throw fault(.domain, .malformed) }
      let rest = host[(close + 1)...]
      guard !rest.isEmpty else { return }
      guard rest.first == UInt8(ascii: ":") else { throw fault(.domain, .malformed) }
      return try check(port: rest.dropFirst(), fault)
    }
    if let colon = host.firstIndex(of: UInt8(ascii: ":")) {
      try check(port: host[(colon + 1)...], fault)
      host = host[..<colon]
    }
    guard host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isDomainComponent)
    else { throw fault(.domain, .malformed) }
  }

  private static func check(port: ArraySlice<UInt8>, _ fault: Fault) throws(ImageReferenceError) {
    guard !port.isEmpty else { throw fault(.port, .empty) }
    guard port.allSatisfy(isDigit) else { throw fault(.port, .malformed) }
  }

  private static func check(tag: ArraySlice<UInt8>, _ fault: Fault) throws(ImageReferenceError) {
    guard let first = tag.first else { throw fault(.tag, .empty) }
    guard tag.count <= ImageReference.tagLimit else { throw fault(.tag, .tooLong(limit: ImageReference.tagLimit)) }
    let isWord: (UInt8) -> Bool = { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    guard isWord(first), tag.allSatisfy({ isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }) else {
      throw fault(.tag, .malformed)
    }
  }

  private static func isDomainComponent(_ part: ArraySlice<UInt8>) -> Bool {
    guard let first = part.first, let last = part.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return false
    }
    return part.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// Runs of lower case letters and digits, with `.`, `_`, `__` or any number of `-` between two of them.
  private static func isPathComponent(_ part: ArraySlice<UInt8>) -> Bool {
    guard let first = part.first, let last = part.last, isLowerAlphanumeric(first), isLowerAlphanumeric(last) else {
      return false
    }
    return part.split(whereSeparator: isLowerAlphanumeric).allSatisfy { separator in
      separator.elementsEqual(".".utf8) || separator.elementsEqual("_".utf8) || separator.elementsEqual("__".utf8)
        || separator.allSatisfy { $0 == UInt8(ascii: "-") }
    }
  }

  /// A known algorithm has its own length; any other at least 32 digits.
  private static func isDigest(_ digest: ArraySlice<UInt8>) -> Bool {
    guard let colon = digest.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let algorithm = digest[..<colon]
    let hex = digest[(colon + 1)...]
    let parts = algorithm.split(omittingEmptySubsequences: false) { "+.-_".utf8.contains($0) }
    guard parts.allSatisfy({ part in part.first.map(isAlpha) ?? false && part.allSatisfy(isAlphanumeric) }) else {
      return false
    }
    switch string(algorithm) {
    case "sha256": return hex.count == 64 && hex.allSatisfy(isLowerHex)
    case "sha384": return hex.count == 96 && hex.allSatisfy(isLowerHex)
    case "sha512": return hex.count == 128 && hex.allSatisfy(isLowerHex)
    default: return hex.count >= 32 && hex.allSatisfy(isHex)
    }
  }

  private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  private static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  private static func isAlpha(_ byte: UInt8) -> Bool { isUpper(byte) || isLower(byte) }
  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isAlpha(byte) || isDigit(byte) }
  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isDigit(byte) }
  private static func isLowerHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
  }
  private static func isHex(_ byte: UInt8) -> Bool {
    isLowerHex(byte) || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F")
  }
}
