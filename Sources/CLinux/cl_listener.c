#include "cl_listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int option(int fd, int name, int *value) {
  socklen_t size = sizeof *value;
  return getsockopt(fd, SOL_SOCKET, name, value, &size);
}

ssize_t cl_listener_path(int fd, void *path, size_t capacity) {
  int domain, type, listens;
  if (option(fd, SO_DOMAIN, &domain) != 0 || option(fd, SO_TYPE, &type) != 0 ||
      option(fd, SO_ACCEPTCONN, &listens) != 0)
    return -1;
  if (domain != AF_UNIX || type != SOCK_STREAM || !listens) {
    errno = EPROTOTYPE;
    return -1;
  }
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  if (getsockname(fd, (struct sockaddr *)&name, &size) != 0) return -1;
  // unix(7): an unnamed socket has a name without bytes, an abstract one begins with a zero.
  size_t start = offsetof(struct sockaddr_un, sun_path);
  if (size <= start || name.sun_path[0] != '/') {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  size_t length = strnlen(name.sun_path, size - start);
  if (length > capacity) {
    errno = ERANGE;
    return -1;
  }
  memcpy(path, name.sun_path, length);
  return (ssize_t)length;
}
