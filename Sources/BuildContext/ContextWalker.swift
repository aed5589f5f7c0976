/// Whose client's rules decide what is sent where an exception names something below an excluded directory.
package enum ContextWalker: Sendable, Equatable {
  /// `docker build` without BuildKit: excluded directories are entered only if the text of an exception begins with
  /// their path, and stay without an entry of their own.
  case classic
  /// BuildKit's: an exception with a wildcard counts everywhere, and the directories above what it brings back get
  /// entries. `<Dockerfile>.dockerignore` takes the place of `.dockerignore`.
  case buildKit
}
