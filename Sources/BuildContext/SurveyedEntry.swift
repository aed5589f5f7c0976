/// Something in the directory or archive of a context, sent or not.
package struct SurveyedEntry {
  package enum Kind: Equatable {
    case directory
    /// A regular file. `link` is nil unless it has other names, perhaps outside of the context.
    case file(size: Int64, link: Link?)
    /// A symbolic link.
    case link
    /// A device, a fifo.
    case other
    /// What is known by its name only: in no way sent, and not to be listed or looked at for this user.
    case unreadable
  }

  /// One of several names of a file.
  package struct Link: Equatable {
    /// The same for all names that have the same fate; from 0.
    package let number: Int
    package let isFirst: Bool
  }

  package enum Fate: Equatable {
    /// - Parameter exception: index in `ContextSurvey.lines` of the exception that brought it back.
    case sent(exception: Int?)
    /// - Parameter line: index in `ContextSurvey.lines`.
    case removed(line: Int)
  }

  /// The last component begins at `nameStart`.
  package let path: ArraySlice<UInt8>
  package let nameStart: Int
  package let kind: Kind
  package let fate: Fate
  /// False for what lies below a directory that is left out with all it holds.
  package let isLookedAt: Bool

  package var name: ArraySlice<UInt8> { path[nameStart...] }
  /// Empty at the top.
  package var directory: ArraySlice<UInt8> { path[..<max(nameStart - 1, path.startIndex)] }
}

/// Takes what a survey finds.
package protocol SurveyReceiver {
  /// Each directory comes before what it holds, and all of that before anything else.
  mutating func receive(_ entry: SurveyedEntry)
}
