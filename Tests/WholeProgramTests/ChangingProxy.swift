import SwiftDockTestSupport

/// Stands between a broker and an Engine, and has the context of every build change while it is sent: what passes after
/// the first 64 KiB waits until a command has run.
final class ChangingProxy {
  /// Where the broker finds it.
  let engine: String
  private let program: RunningProgram

  private static let script =
    ProxyScript.common + """
      path, engine, command = sys.argv[1:]
      lock = threading.Lock()
      builds = 0

      def change():
          global builds
          with lock:
              builds += 1
              subprocess.run(["sh", "-ec", command, "sh", str(builds)], check=True)

      def forward(source, target, is_client):
          left = 0
          try:
              while data := source.recv(1 << 16):
                  if is_client and data.startswith(b"POST ") and b"/build?" in data.split(b"\\r\\n")[0]:
                      left = 1 << 16
                  elif left > 0:
                      left -= len(data)
                      if left <= 0:
                          change()
                  target.sendall(data)
          except OSError:
              pass
          end(target)

      serve(path, engine, forward)
      """

  /// - Parameters:
  ///   - place: where its socket goes.
  ///   - command: for `sh`, with the number of the build, from 1, as `$1`.
  init(in place: TestDirectory, engine: String = Setting.engine, command: String) throws {
    let socket = place("engine")
    program = try RunningProgram(
      ["python3", "-c", Self.script, socket, String(engine.dropFirst("unix://".count)), command])
    try program.wait(for: "listening", in: .output)
    self.engine = "unix://" + socket
  }
}
