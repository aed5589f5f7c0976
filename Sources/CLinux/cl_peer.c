#include "cl_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

// glibc before 2.39 lacks it. The number is that of every architecture but alpha, parisc and sparc.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

int cl_peer_pidfd(int fd) {
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) != 0) return -1;
  return pidfd;
}

int cl_pidfd_has_ended(int pidfd) {
  struct pollfd entry = {.fd = pidfd, .events = POLLIN};
  return poll(&entry, 1, 0);
}

int cl_file_identity(const char *path, struct cl_file_identity *out) {
  struct statx info;
  if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &info) != 0) return -1;
  out->device = makedev(info.stx_dev_major, info.stx_dev_minor);
  out->inode = info.stx_ino;
  out->mount = info.stx_mask & STATX_MNT_ID ? info.stx_mnt_id : 0;
  return 0;
}
