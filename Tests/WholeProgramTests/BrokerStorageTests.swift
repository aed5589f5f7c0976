import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// What the broker itself takes: memory, and room on disk.
  @Suite struct BrokerStorageTests {
    /// The most that a process has had in memory, in KiB.
    private func peakMemory(of pid: Int32) throws -> Int {
      let lines = try HostFiles.text(of: "/proc/\(pid)/status").split(separator: "\n")
      let words = lines.first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: \.isWhitespace)
      guard let words, words.count == 3, let size = Int(words[1]) else { throw ProgramFailure("no VmHWM") }
      return size
    }

    @Test func aContextOf1GiBNeedsNoMemory() throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY Dockerfile /\n")
      try tree.directory.writeSparse("large", bytes: 1 << 30)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      // Code and buffers that any build needs are not of this context.
      let small = try ContextTree(dockerfile: "FROM scratch\nCOPY Dockerfile /\n")
      #expect(try broker.build(small).exit == .code(0))
      let before = try peakMemory(of: broker.program.pid)
      let end = try broker.build(tree)
      #expect(end.exit == .code(0))
      #expect(end.build["contextBytes"]?.integerValue ?? 0 > 1 << 30)
      #expect(try peakMemory(of: broker.program.pid) - before < 32 << 10)
    }

    /// A directory with room for so many KiB.
    private final class SmallDisk {
      let path: String

      init(in place: TestDirectory, kibibytes: Int) throws {
        path = try place.makeDirectory("small", mode: 0o700)
        try RunningProgram.output(of: ["mount", "-t", "tmpfs", "-o", "mode=700,size=\(kibibytes)k", "tmpfs", path])
      }

      func grow(toKibibytes size: Int) throws {
        try RunningProgram.output(of: ["mount", "-o", "remount,size=\(size)k", path])
      }

      deinit { _ = try? RunningProgram.run(["umount", "-l", path]) }
    }

    @Test(.enabled(if: Setting.isRoot, "needs root"))
    func aStateDirectoryWithoutRoomFailsTheBuildThatNeedsItAlone() throws {
      let gate = try StepGate()
      let quiet = try ContextTree(steps: "RUN \(gate.command)")
      let loud = try ContextTree(steps: "RUN seq 20000")
      let place = try TestDirectory()
      let disk = try SmallDisk(in: place, kibibytes: 512)
      let broker = try BrokerProcess(options: ["--max-builds", "2"], place: place, state: disk.path)
      let first = try broker.startBuild(quiet)
      let visit = try gate.visit()
      let failed = try broker.build(loud, "--builder", "classic", "--progress", "none")
      #expect(failed.exit == .code(1))
      #expect(failed.errorCode == 1006, "\(failed.log)")
      #expect(failed.errorName == "BrokerStorageFull")
      #expect(failed.errorDetail?["what"] == "log")
      #expect(try broker.call("broker.ping")["timeMs"] != nil)
      // What was written of its log can be read.
      let log = try broker.control("logs", failed.id)
      #expect(log.exit == .code(0))
      #expect(log.output.contains(" 100\n"))

      try disk.grow(toKibibytes: 16 << 10)
      visit.release()
      #expect(try FinishedBuild(first).exit == .code(0))
      let loudAgain = try broker.build(loud, "--builder", "classic", "--progress", "none")
      #expect(loudAgain.exit == .code(0), "\(loudAgain.log)")
      broker.stop()
    }

    /// A queued build's context is kept on disk where there is room, else read when its turn has come.
    @Test(.enabled(if: Setting.isRoot, "needs root"))
    func aQueuedBuildNeedsNoRoomForItsContext() throws {
      let gate = try StepGate()
      let running = try ContextTree(steps: "RUN \(gate.command)")
      let waiting = try ContextTree(steps: "RUN echo wai''ted")
      let place = try TestDirectory()
      let disk = try SmallDisk(in: place, kibibytes: 512)
      let broker = try BrokerProcess(options: ["--max-builds", "1"], place: place, state: disk.path)
      let first = try broker.startBuild(running)
      let visit = try gate.visit()
      let second = try broker.startBuild(waiting)
      try second.wait(for: "number 1 in the queue", in: .errors)
      visit.release()
      #expect(try FinishedBuild(first).exit == .code(0))
      let end = try FinishedBuild(second)
      #expect(end.exit == .code(0), "\(end.log)")
      #expect(end.log.contains("waited"))
      broker.stop()
    }
  }
}
