package import JSONRPC

/// The application's rows of the table of errors. Codes and names are never used again for something else.
extension ErrorKind {
  package static let protocolVersionUnsupported = ErrorKind(1001, "ProtocolVersionUnsupported")
  package static let capabilityMissing = ErrorKind(1002, "CapabilityMissing")
  package static let tooManyRequests = ErrorKind(1004, "TooManyRequests", retryable: true)
  package static let shuttingDown = ErrorKind(1005, "ShuttingDown", retryable: true)
  package static let brokerStorageFull = ErrorKind(1006, "BrokerStorageFull")
  package static let clientTokenReused = ErrorKind(1011, "ClientTokenReused")
  package static let permissionDenied = ErrorKind(1101, "PermissionDenied")
  package static let notOwner = ErrorKind(1102, "NotOwner")
  package static let buildNotFound = ErrorKind(1201, "BuildNotFound")
  package static let buildFailed = ErrorKind(1202, "BuildFailed")
  package static let buildCancelled = ErrorKind(1203, "BuildCancelled")
  package static let buildTimedOut = ErrorKind(1204, "BuildTimedOut")
  package static let queueFull = ErrorKind(1205, "QueueFull", retryable: true)
  package static let dockerfileInvalid = ErrorKind(1206, "DockerfileInvalid")
  package static let dockerfileNotFound = ErrorKind(1207, "DockerfileNotFound")
  package static let featureUnsupported = ErrorKind(1208, "FeatureUnsupported")
  package static let buildInterrupted = ErrorKind(1209, "BuildInterrupted", retryable: true)
  package static let contextNotFound = ErrorKind(1301, "ContextNotFound")
  package static let contextPathRefused = ErrorKind(1302, "ContextPathRefused")
  package static let contextUnreadable = ErrorKind(1303, "ContextUnreadable")
  package static let contextTooLarge = ErrorKind(1304, "ContextTooLarge")
  package static let uploadOffsetMismatch = ErrorKind(1305, "UploadOffsetMismatch")
  package static let contextInvalid = ErrorKind(1306, "ContextInvalid")
  package static let uploadNotFound = ErrorKind(1307, "UploadNotFound")
  package static let digestMismatch = ErrorKind(1308, "DigestMismatch")
  package static let descriptorInvalid = ErrorKind(1309, "DescriptorInvalid")
  package static let contextChanged = ErrorKind(1310, "ContextChanged", retryable: true)
  package static let logsExpired = ErrorKind(1401, "LogsExpired")
  package static let subscriptionNotFound = ErrorKind(1402, "SubscriptionNotFound")
  package static let tooManySubscriptions = ErrorKind(1403, "TooManySubscriptions")
  package static let engineUnavailable = ErrorKind(1501, "EngineUnavailable", retryable: true)
  package static let engineError = ErrorKind(1502, "EngineError")
  package static let engineVersionUnsupported = ErrorKind(1503, "EngineVersionUnsupported")
  package static let registryAuthRequired = ErrorKind(1504, "RegistryAuthRequired")
  package static let imageNotFound = ErrorKind(1505, "ImageNotFound")
  package static let engineDiskFull = ErrorKind(1506, "EngineDiskFull")
  package static let engineLost = ErrorKind(1507, "EngineLost", retryable: true)
  package static let registryRefused = ErrorKind(1508, "RegistryRefused")
  package static let registryUnavailable = ErrorKind(1508, "RegistryUnavailable", retryable: true)
  package static let publishFailed = ErrorKind(1509, "PublishFailed")

  /// The whole table, by code.
  package static let all: [ErrorKind] = (ofMessageLayer + ofBroker).sorted { $0.code.rawValue < $1.code.rawValue }

  private static let ofBroker: [ErrorKind] = [
    protocolVersionUnsupported, capabilityMissing, tooManyRequests, shuttingDown, brokerStorageFull,
    clientTokenReused, permissionDenied, notOwner, buildNotFound, buildFailed, buildCancelled, buildTimedOut,
    queueFull, dockerfileInvalid, dockerfileNotFound, featureUnsupported, buildInterrupted, contextNotFound,
    contextPathRefused, contextUnreadable, contextTooLarge, uploadOffsetMismatch, contextInvalid, uploadNotFound,
    digestMismatch, descriptorInvalid, contextChanged, logsExpired, subscriptionNotFound, tooManySubscriptions,
    engineUnavailable, engineError, engineVersionUnsupported, registryAuthRequired, imageNotFound, engineDiskFull,
    engineLost, registryRefused, registryUnavailable, publishFailed,
  ]
}
