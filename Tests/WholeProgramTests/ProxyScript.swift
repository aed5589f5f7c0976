/// What the proxies of the tests, which are written in Python, have in common.
enum ProxyScript {
  /// `end(target)` says that nothing more will be sent there. `serve(path, other, forward)` listens at one path, connects
  /// each client to the other, and has both directions passed on by `forward(source, target, is_client)`, each in a thread of
  /// its own.
  static let common = """
    import os, socket, subprocess, sys, threading

    def end(target):
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(path, other, forward):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(64)
        print("listening", flush=True)
        while True:
            near = listener.accept()[0]
            far = socket.socket(socket.AF_UNIX)
            far.connect(other)
            for ends in ((near, far, True), (far, near, False)):
                threading.Thread(target=forward, args=ends, daemon=True).start()


    """
}
