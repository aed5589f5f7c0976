import SwiftDockTestSupport

/// Stands between a client and a broker that read no paths for each other, as it is in another mount namespace, and has
/// a command run whenever the client passes a descriptor, before the broker gets it.
///
/// What the client writes into the pipe that it passes waits meanwhile, so that of an archive only the first few
/// hundred KiB can have been read.
final class PassingProxy {
  /// Where the client finds it.
  let socket: String
  private let program: RunningProgram

  private static let script =
    ProxyScript.common + """
      path, broker, command = sys.argv[1:]
      lock = threading.Lock()
      passed = 0

      def run():
          global passed
          with lock:
              passed += 1
              subprocess.run(["sh", "-ec", command, "sh", str(passed)], check=True)

      def forward(source, target, is_client):
          try:
              while True:
                  data, descriptors, _, _ = socket.recv_fds(source, 1 << 16, 16)
                  if not data:
                      break
                  if descriptors:
                      run()
                      socket.send_fds(target, [data], descriptors)
                  else:
                      target.sendall(data)
                  for descriptor in descriptors:
                      os.close(descriptor)
          except OSError:
              pass
          end(target)

      serve(path, broker, forward)
      """

  /// - Parameters:
  ///   - place: where its socket goes.
  ///   - command: for `sh`, with the number of descriptors passed so far, from 1, as `$1`.
  init(in place: TestDirectory, to broker: BrokerProcess, command: String) throws {
    socket = place("passing")
    program = try RunningProgram(["unshare", "--mount", "python3", "-c", Self.script, socket, broker.socket, command])
    try program.wait(for: "listening", in: .output)
  }
}
