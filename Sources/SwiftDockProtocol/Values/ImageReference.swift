/// The name of an image as docker users write it, taken apart by the grammar of the `distribution/reference` library:
///
///     reference := [domain "/"] path [":" tag] ["@" digest]
///
/// A first component without `.` or `:` that is not `localhost` and has no upper case belongs to the path; without a
/// domain the name is one of Docker Hub, and there one without a user is of `library/`.
package struct ImageReference: Hashable, Sendable {
  /// Host with optional port; `docker.io` where none was written.
  package let domain: String
  /// `library/` included.
  package let path: String
  package let tag: String?
  /// `algorithm:hex`
  package let digest: String?

  package static let pathLimit = 255
  package static let tagLimit = 128
  package static let hubDomain = "docker.io"
  static let hubLibrary = "library/"

  package init(_ text: String) throws(ImageReferenceError) {
    self = try ImageReferenceParser.parse(text)
  }

  init(domain: String, path: String, tag: String?, digest: String?) {
    self.domain = domain
    self.path = path
    self.tag = tag
    self.digest = digest
  }

  /// With `:latest` where there is neither tag nor digest.
  package var withDefaultTag: ImageReference {
    guard tag == nil, digest == nil else { return self }
    return ImageReference(domain: domain, path: path, tag: "latest", digest: nil)
  }

  /// The name without tag and digest, in full: `docker.io/library/alpine`.
  package var fullName: String { domain + "/" + path }

  /// The name without tag and digest, as docker shows it: `alpine`.
  package var familiarName: String {
    guard domain == Self.hubDomain else { return fullName }
    return path.hasPrefix(Self.hubLibrary) ? String(path.dropFirst(Self.hubLibrary.count)) : path
  }

  /// As docker shows it.
  package var familiar: String { familiarName + suffix }

  /// With nothing left to defaults but the tag.
  package var full: String { fullName + suffix }

  private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0 } ?? "") }
}

/// Which part of an image's name is wrong, and how.
package struct ImageReferenceError: Error, Equatable {
  package enum Part: String, Sendable {
    case name, domain, port, path, tag, digest, placeholder
  }

  package enum Reason: Sendable, Equatable {
    case empty
    case uppercase
    /// In bytes.
    case tooLong(limit: Int)
    case malformed
    /// 64 hex digits alone would be taken for an image id.
    case looksLikeID
    /// A tag is wanted, so nothing may be pinned.
    case digestNotAllowed
  }

  package let part: Part
  package let reason: Reason
  package let text: String

  package init(_ part: Part, _ reason: Reason, in text: String) {
    self.part = part
    self.reason = reason
    self.text = text
  }

  /// Reads well after "invalid image name".
  package var explanation: String {
    let fault =
      switch reason {
      case .empty: "is empty"
      case .uppercase: "must be lower case"
      case .tooLong(let limit): "has more than \(limit) bytes"
      case .malformed: "is malformed"
      case .looksLikeID: "looks like an image id"
      case .digestNotAllowed: "is not allowed here"
      }
    return "the \(part.rawValue) of \"\(text.prefix(300))\" \(fault)"
  }
}
