internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

/// Prints the log of a build.
struct LogPrinter {
  let output: Output
  /// As lines of JSON, one for each event.
  let asJSON: Bool
  /// The first event that was not printed.
  private(set) var nextSeq: Int
  private var progress = PlainProgress()

  init(to output: Output, asJSON: Bool = false, from nextSeq: Int = 1) {
    self.output = output
    self.asJSON = asJSON
    self.nextSeq = nextSeq
  }

  /// Prints what there is and, with `follow`, what comes, to the end of the log. After a failure it can be called again
  /// with another connection, and goes on where it was.
  mutating func print(
    _ buildID: String, follow: Bool, _ connection: inout BrokerConnection
  ) throws(ClientError) {
    _ = try connection.call(LogsSubscribe.self, .init(buildID: buildID, from: nextSeq, follow: follow))
    while true {
      switch try connection.next() {
      case .message(.notification(LogsEvent.name, let params)):
        let news = try Self.notification(LogsEvent.self, params)
        for event in news.events {
          if asJSON {
            output.json(event.json)
          } else {
            output.write(progress.render(event))
          }
        }
        nextSeq = news.nextSeq
      case .message(.notification(LogsEnd.name, let params)):
        // A broker that stops ends its subscriptions; the log goes on with the next one.
        guard try Self.notification(LogsEnd.self, params).reason != .shutdown else { throw .connectionLost }
        closeLine()
        return
      case .message, .woken: break
      case .ended: throw .connectionLost
      }
    }
  }

  /// Ends a line that was left open, before somebody else writes.
  mutating func closeLine() { output.write(progress.closeLine()) }

  private static func notification<News: ProtocolNotification>(
    _: News.Type, _ params: JSONObject
  ) throws(ClientError) -> News {
    do throws(ShapeError) {
      return try News(received: params)
    } catch {
      throw .answerInvalid("\(News.name): \(error.path) is no \(error.expected)")
    }
  }
}
