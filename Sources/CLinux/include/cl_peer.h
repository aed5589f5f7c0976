/// The process at the other end of a unix(7) socket: SO_PEERPIDFD, statx(2).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// A descriptor for the process that SO_PEERCRED tells of, close-on-exec. -1 with ENOPROTOOPT where the kernel (before
/// Linux 6.5) cannot tell, ESRCH where the process has ended.
int cl_peer_pidfd(int fd);

/// 1 where the process of a pidfd has ended, 0 where it runs, -1 with `errno`.
int cl_pidfd_has_ended(int pidfd);

/// What tells two files apart, also where one file system is mounted twice.
struct cl_file_identity {
  uint64_t device;
  uint64_t inode;
  /// 0 where the kernel (before Linux 5.8) does not tell.
  uint64_t mount;
};

/// The file that the path leads to.
int cl_file_identity(const char *path, struct cl_file_identity *out);
