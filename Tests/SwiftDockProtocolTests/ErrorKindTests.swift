import JSONRPC
import SwiftDockProtocol
import Testing

struct ErrorKindTests {
  @Test func tableIsExactlyThis() {
    let rows = ErrorKind.all.map { "\($0.code.rawValue) \($0.name)\($0.isRetryable ? " retryable" : "")" }
    #expect(
      rows.sorted() == [
        "-32600 BatchTooLarge", "-32600 DuplicateRequestId", "-32600 InvalidRequest", "-32601 MethodNotFound",
        "-32602 InvalidParams", "-32603 InternalError", "-32700 ParseError", "-32800 RequestCancelled",
        "1001 ProtocolVersionUnsupported", "1002 CapabilityMissing", "1003 MessageTooLarge",
        "1004 TooManyRequests retryable", "1005 ShuttingDown retryable", "1006 BrokerStorageFull",
        "1011 ClientTokenReused", "1101 PermissionDenied", "1102 NotOwner", "1201 BuildNotFound", "1202 BuildFailed",
        "1203 BuildCancelled", "1204 BuildTimedOut", "1205 QueueFull retryable", "1206 DockerfileInvalid",
        "1207 DockerfileNotFound", "1208 FeatureUnsupported", "1209 BuildInterrupted retryable",
        "1301 ContextNotFound", "1302 ContextPathRefused", "1303 ContextUnreadable", "1304 ContextTooLarge",
        "1305 UploadOffsetMismatch", "1306 ContextInvalid", "1307 UploadNotFound", "1308 DigestMismatch",
        "1309 DescriptorInvalid", "1310 ContextChanged retryable", "1401 LogsExpired", "1402 SubscriptionNotFound",
        "1403 TooManySubscriptions", "1501 EngineUnavailable retryable", "1502 EngineError",
        "1503 EngineVersionUnsupported", "1504 RegistryAuthRequired", "1505 ImageNotFound", "1506 EngineDiskFull",
        "1507 EngineLost retryable", "1508 RegistryRefused", "1508 RegistryUnavailable retryable",
        "1509 PublishFailed",
      ])
  }

  @Test func namesAreUniqueAndOwnCodesStayOutOfReservedRanges() {
    #expect(Set(ErrorKind.all.map(\.name)).count == ErrorKind.all.count)
    for kind in ErrorKind.all where kind.code.rawValue > 0 { #expect((1_000...1_999).contains(kind.code.rawValue)) }
  }
}
