// echo_server SOCKET: sends back what it gets, on one epoll loop and with nothing else to do: the most that any server
// with this way of waiting can reach.

#include "sockets.h"

int main(int count, char **arguments) {
  if (count != 2) return 2;
  int listener = listening_at(arguments[1]);
  int loop = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll");
  struct epoll_event ready[256];
  static char buffer[65536];
  for (;;) {
    int found = epoll_wait(loop, ready, 256, -1);
    for (int i = 0; i < found; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (event.data.fd < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event) != 0) die("accept");
        continue;
      }
      ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      // A message of the measurement always fits into an empty socket.
      if (size <= 0 || send(fd, buffer, (size_t)size, MSG_NOSIGNAL) != size) close(fd);
    }
  }
}
