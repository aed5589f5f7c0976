package import BuildLog
package import SwiftDockProtocol

/// How one broker is set. Values, decided before it starts.
package struct BrokerSettings: Sendable {
  /// Absolute path of the socket to listen on.
  package var socketPath: String
  /// A socket that listens there already, owned by the broker from its start on; nil: it makes its own.
  package var inheritedListener: Int32?
  /// Executions that run in the Engine at the same time.
  package var maxBuilds: Int
  /// What a build without `network` gets.
  package var defaultNetwork: BuildNetwork
  package var limits: Limits
  /// Longest time without a byte of a context that is read from a descriptor.
  package var silenceLimit: Duration
  /// Longest time for all of such a context, however steadily it comes.
  package var transferLimit: Duration
  /// Files of contexts whose digests are remembered, some 90 bytes each; 0 for none.
  package var indexedFiles: Int
  /// How long an upload lives without traffic or use.
  package var uploadLife: Duration
  /// What is kept of the log of one execution.
  package var logLimits: LogLimits
  /// Ended builds that are remembered, with their logs.
  package var rememberedBuilds: Int
  /// Bytes on disk for the logs of ended builds.
  package var rememberedLogBytes: Int
  /// Bytes on disk for what the contexts of builds held.
  package var rememberedManifestBytes: Int64
  /// Time between two `logs.event` of a subscription, unless its page is full.
  package var flushInterval: Duration
  /// What `broker.config` tells; without secrets.
  package var listed: [BrokerConfig.Setting] = []

  package init(
    socketPath: String, maxBuilds: Int = 4, defaultNetwork: BuildNetwork = .default,
    limits: Limits = Limits(), silenceLimit: Duration = .seconds(60),
    transferLimit: Duration = .seconds(3600), uploadLife: Duration = .seconds(600),
    logLimits: LogLimits = LogLimits(),
    indexedFiles: Int = 200_000, rememberedBuilds: Int = 1000, rememberedLogBytes: Int = 2 << 30,
    rememberedManifestBytes: Int64 = 256 << 20,
    flushInterval: Duration = .milliseconds(50)
  ) {
    self.socketPath = socketPath
    self.maxBuilds = maxBuilds
    self.defaultNetwork = defaultNetwork
    self.limits = limits
    self.silenceLimit = silenceLimit
    self.transferLimit = transferLimit
    self.uploadLife = uploadLife
    self.logLimits = logLimits
    self.indexedFiles = indexedFiles
    self.rememberedBuilds = rememberedBuilds
    self.rememberedLogBytes = rememberedLogBytes
    self.rememberedManifestBytes = rememberedManifestBytes
    self.flushInterval = flushInterval
  }

  /// Bytes on disk for contexts.
  package var spoolLimit: Int64 {
    get { Int64(limits.spoolBytes) }
    set { limits.spoolBytes = Int(newValue) }
  }
}
