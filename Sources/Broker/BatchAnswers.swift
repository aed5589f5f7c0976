internal import JSONRPC

/// Collects the answers to the messages of one batch, so that the array of them stays below the limit of an answer:
/// messages that ask for much are answered as long as there is room, and then refused.
struct BatchAnswers {
  /// Kept free for each message that follows: its id, which is echoed, and the error that says that there is no room.
  private static let reserve = RPCID.tokenLimit + (8 << 10)

  private let limit: Int
  private var following: Int
  private var bytes = 2
  private(set) var answers: [[UInt8]] = []
  /// Whether an answer was refused. The requests that follow are not to be carried out, since they would be for nothing.
  private(set) var isFull = false

  /// - Parameters:
  ///   - messages: of the batch.
  ///   - limit: bytes of the array.
  init(messages: Int, limit: Int) {
    following = messages
    self.limit = limit
  }

  /// To be called for each message in turn.
  ///
  /// - Parameters:
  ///   - answer: nil where the message is not answered.
  ///   - refusal: the answer to send where there is no room for that one; within `reserve`.
  mutating func append(_ answer: [UInt8]?, orElse refusal: () -> [UInt8]) {
    following -= 1
    guard let answer else { return }
    let fits = bytes + answer.count + 1 + following * Self.reserve <= limit
    if !fits { isFull = true }
    answers.append(fits ? answer : refusal())
    bytes += (answers.last?.count ?? 0) + 1
  }
}
