internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The descriptors that came with one message. Those that nothing of it asks for are closed with this object, when the
/// message was handled.
final class MessageDescriptors {
  private var items: [PassedDescriptor?]
  private let isIncomplete: Bool

  init(_ taken: FrameAttachments<PassedDescriptor>.Taken = .init()) {
    items = taken.items
    isIncomplete = taken.isIncomplete
  }

  /// Hands out a descriptor that can be read, with what it stands for; each once.
  func take(_ index: Int) throws(RPCError) -> (PassedDescriptor, PassedDescriptor.Kind) {
    guard !isIncomplete else {
      throw Self.invalid(
        index, "truncated", "Not all of the message's descriptors have arrived.",
        hint: "Send \(ReceivedDescriptors.limit) with a message at most.")
    }
    guard items.indices.contains(index) else {
      throw Self.invalid(
        index, "missing", "The message came with \(items.count) descriptors, so that there is none at \(index).",
        hint: "Send descriptors in the same sendmsg(2) as the whole message, and count them from 0.")
    }
    guard let descriptor = items[index] else {
      throw Self.invalid(
        index, "taken", "Descriptor \(index) was given to another build of the same message.",
        hint: "Send a descriptor of its own for each build.")
    }
    items[index] = nil
    switch descriptor.readableKind() {
    case .success(let kind): return (descriptor, kind)
    case .failure(let unfitness):
      let (reason, sentence) = Self.words(for: unfitness)
      throw Self.invalid(
        index, reason, "Descriptor \(index) \(sentence).",
        hint: "Pass a file, a pipe or a stream socket that is open for reading and holds a tar.")
    }
  }

  private static func words(for unfitness: PassedDescriptor.Unfitness) -> (reason: String, sentence: String) {
    switch unfitness {
    case .pathOnly: ("pathOnly", "was opened with O_PATH and cannot be read")
    case .notReadable: ("notReadable", "is not open for reading")
    case .directory: ("directory", "is a directory")
    case .device: ("device", "is a device")
    case .otherType: ("otherType", "is neither a file nor a pipe nor a stream socket")
    case .system(let code): ("unusable", "cannot be used: \(Errno.text(code))")
    }
  }

  private static func invalid(_ index: Int, _ reason: String, _ message: String, hint: String) -> RPCError {
    RPCError(
      .descriptorInvalid, message, hint: hint,
      detail: ["index": .integer(Int64(index)), "reason": .string(reason)])
  }
}
