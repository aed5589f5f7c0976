import Glibc
import SwiftDockTestSupport

/// A dockerd that a test may kill, fill and start again, started and cleaned up after by the functions of `Tests/engine.sh`.
final class OwnEngine {
  /// `unix://PATH`
  let endpoint: String
  private var pid: Int32
  private let shell: RunningProgram

  /// - Parameter dataLimit: room for its data in MiB; nil: as much as there is.
  init(dataLimit: Int? = nil) throws {
    // The functions choose the directory by mktemp; its `data` is where the Engine keeps everything that is large.
    let script = #"""
      . clients/prerequisites.sh
      . Tests/engine.sh
      if [ -n "$LIMIT" ]; then
        mktemp() {
          made=$(command mktemp "$@") && mkdir "$made/data" &&
            mount -t tmpfs -o "size=${LIMIT}m" swiftdock-test "$made/data" && printf '%s\n' "$made"
        }
      fi
      trap '' TERM INT
      start_engine || exit
      echo "ready $engine_socket $engine_process ."
      while read -r _; do
        mktemp() { printf '%s\n' "$engine_directory"; }
        wait "$engine_process"
        # Ended with its dockerd, and with nobody who waits for it, containerd still counts as running for the next one.
        end_outliving
        rm -f "$engine_directory/x/containerd/containerd.pid"
        start_engine || exit
        echo "ready $engine_socket $engine_process ."
      done
      stop_engine
      """#
    shell = try RunningProgram(
      ["env", "-C", Setting.package, "sh", "-c", script],
      environment: ["LIMIT": dataLimit.map(String.init) ?? ""], input: .open)
    try shell.wait(for: " .\n", in: .output)
    let words = shell.output.split(whereSeparator: \.isWhitespace)
    guard words.count == 4, let pid = Int32(words[2]) else { throw ProgramFailure(shell.output) }
    endpoint = "unix://\(words[1])"
    self.pid = pid
  }

  deinit {
    shell.closeInput()
    _ = try? shell.finish()
  }

  /// Starts it in the same place with the same data, once it has ended. Returns when it answers.
  func startAgain() throws {
    let before = shell.output.count
    try shell.send(line: "again")
    try shell.wait("second start") { shell.output.dropFirst(before).hasSuffix(" .\n") }
    let words = shell.output.dropFirst(before).split(whereSeparator: \.isWhitespace)
    guard words.count == 4, let pid = Int32(words[2]) else { throw ProgramFailure(shell.output) }
    self.pid = pid
  }

  /// To the dockerd.
  func signal(_ number: Int32) { kill(pid, number) }
}
