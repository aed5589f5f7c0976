/// What a record stream has said about the result by its end.
enum StreamVerdict: Equatable {
  /// An image's id, or its first 12 hexadecimal digits where the stream gave no more.
  case image(String)
  case failed(BuildFailure)
  case none
}
