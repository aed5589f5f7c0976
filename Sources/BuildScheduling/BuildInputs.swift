/// What the work of one build is done from, in a form that can be kept and compared: the key of the build is made of
/// it, and why two builds are not the same is told by it.
///
/// Holds nothing that would have to be kept secret: of a value there is a digest with a key that only the broker knows.
package struct BuildInputs: Equatable, Sendable {
  /// `sha256:…`
  package let contextDigest: String
  /// Digests of the options that were given, by the names that clients know them by: `target`, `buildArgs.VERSION`.
  package let options: [String: [UInt8]]
  /// The ids of the images that the Dockerfile names, by name; nil where the Engine lacks one. Not a part of the key: an
  /// execution may pull some.
  package var images: [String: String?]

  package init(contextDigest: String, options: [String: [UInt8]], images: [String: String?]) {
    self.contextDigest = contextDigest
    self.options = options
    self.images = images
  }

  /// Equal keys mean equal work, where the images are equal too.
  package var key: BuildKey {
    var key = BuildKey()
    key.append("swiftdock key 2")
    key.append(contextDigest)
    for (name, digest) in options.sorted(by: { $0.key < $1.key }) {
      key.append(name)
      key.append(digest)
    }
    return key
  }
}

extension BuildInputs {
  /// What one build was done from and another was not.
  package struct Difference: Equatable, Sendable {
    package struct Image: Equatable, Sendable {
      package let name: String
      /// nil where the image is not named, or the Engine lacked it.
      package let before: String?
      package let after: String?

      package init(name: String, before: String?, after: String?) {
        self.name = name
        self.before = before
        self.after = after
      }
    }

    package let context: Bool
    /// Names, sorted.
    package let options: [String]
    /// By name.
    package let images: [Image]

    package init(context: Bool, options: [String], images: [Image]) {
      self.context = context
      self.options = options
      self.images = images
    }

    package var isEmpty: Bool { !context && options.isEmpty && images.isEmpty }
  }

  package func difference(from before: BuildInputs) -> Difference {
    let names = Set(options.keys).union(before.options.keys)
    let imageNames = Set(images.keys).union(before.images.keys)
    return Difference(
      context: contextDigest != before.contextDigest,
      options: names.filter { options[$0] != before.options[$0] }.sorted(),
      images: imageNames.sorted().compactMap { name in
        let (old, new) = (before.images[name], images[name])
        return old == new ? nil : Difference.Image(name: name, before: old ?? nil, after: new ?? nil)
      })
  }
}
