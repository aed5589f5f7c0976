internal import Glibc

extension SocketSearch {
  /// The search of this process, in its environment.
  package static func here(explicit: String?) -> SocketSearch {
    let uid = geteuid()
    return SocketSearch(
      explicit: explicit,
      environment: { name in getenv(name).map { String(cString: $0) } },
      uid: uid,
      isOwnDirectory: { path in
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR && info.st_uid == uid
      })
  }
}
