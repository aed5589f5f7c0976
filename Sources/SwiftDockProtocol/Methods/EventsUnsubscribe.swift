/// `events.unsubscribe`: nothing of the subscription follows the answer.
package enum EventsUnsubscribe: ProtocolMethod {
  package static let name = "events.unsubscribe"
  package typealias Params = LogsUnsubscribe.Params
  package typealias Result = EmptyResult
}
