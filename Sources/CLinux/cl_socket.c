#include "cl_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address(struct sockaddr_un *out, const char *path, size_t length) {
  if (length == 0 || length > CL_UNIX_PATH_LIMIT) {
    errno = length == 0 ? EINVAL : ENAMETOOLONG;
    return -1;
  }
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  memcpy(out->sun_path, path, length);
  return 0;
}

static int fail(int fd) {
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int cl_unix_connect(const char *path, size_t length) {
  struct sockaddr_un name;
  if (address(&name, path, length) != 0) return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (const struct sockaddr *)&name, sizeof name) != 0) return fail(fd);
  return fd;
}

int cl_unix_listen(const char *path, size_t length, uint32_t mode, int backlog) {
  struct sockaddr_un name;
  if (address(&name, path, length) != 0) return -1;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (fchmod(fd, mode) != 0 || bind(fd, (const struct sockaddr *)&name, sizeof name) != 0 || listen(fd, backlog) != 0)
    return fail(fd);
  return fd;
}

int cl_accept(int fd) { return accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int cl_peer_credentials(int fd, uint32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  *pid = (uint32_t)peer.pid;
  *uid = peer.uid;
  *gid = peer.gid;
  return 0;
}

ssize_t cl_receive(int fd, void *buffer, size_t capacity) {
  // A plain recv discards descriptors that were sent along.
  return recv(fd, buffer, capacity, MSG_DONTWAIT);
}

ssize_t cl_receive_with_descriptors(int fd, void *buffer, size_t capacity, int *descriptors, size_t *count,
                                    int *truncated) {
  union {
    char bytes[CMSG_SPACE(CL_DESCRIPTOR_LIMIT * sizeof(int))];
    struct cmsghdr alignment;
  } control;
  struct iovec data = {.iov_base = buffer, .iov_len = capacity};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  *count = 0;
  *truncated = 0;
  ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) return received;
  *truncated = (message.msg_flags & MSG_CTRUNC) != 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors + *count, CMSG_DATA(part), here * sizeof(int));
    *count += here;
  }
  return received;
}

ssize_t cl_send_with_descriptors(int fd, const void *buffer, size_t length, const int *descriptors, size_t count) {
  if (count > CL_DESCRIPTOR_LIMIT) {
    errno = EINVAL;
    return -1;
  }
  union {
    char bytes[CMSG_SPACE(CL_DESCRIPTOR_LIMIT * sizeof(int))];
    struct cmsghdr alignment;
  } control;
  memset(&control, 0, sizeof control);
  struct iovec data = {.iov_base = (void *)buffer, .iov_len = length};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(part), descriptors, count * sizeof(int));
  }
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int cl_is_stream_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return -1;
  return type == SOCK_STREAM;
}

ssize_t cl_send(int fd, const void *buffer, size_t count) {
  return send(fd, buffer, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t cl_send_three(int fd, const void *first, size_t first_count, const void *second, size_t second_count,
                      const void *third, size_t third_count) {
  struct iovec pieces[] = {{(void *)first, first_count}, {(void *)second, second_count}, {(void *)third, third_count}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int cl_lock_exclusively(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }
