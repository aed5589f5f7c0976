// fan_out SOCKET READERS GO NEEDLE EXPECTED [REQUEST]: connects READERS times, sends each REQUEST and awaits a line in
// answer, sends SIGUSR1 to the process GO, reads until every connection has ended, and prints `RATE SECONDS`: how many
// NEEDLEs a second came in on all connections together, from the signal on.
//
// Fails where a connection got fewer than EXPECTED of them.

#include "sockets.h"

enum { chunk = 1 << 18, needle_limit = 64 };

struct reader {
  int fd;
  long found;
  /// The end of what was read, where a needle may have begun.
  size_t kept;
  char tail[needle_limit];
};

static char buffer[needle_limit + chunk];

static void count_in(struct reader *reader, const char *needle, size_t length, size_t size) {
  char *start = buffer + needle_limit - reader->kept;
  memcpy(start, reader->tail, reader->kept);
  const char *end = buffer + needle_limit + size;
  const char *next = start;
  for (const char *hit; (hit = memmem(next, (size_t)(end - next), needle, length)) != NULL; next = hit + length)
    reader->found++;
  size_t left = (size_t)(end - next);
  reader->kept = left < length - 1 ? left : length - 1;
  memcpy(reader->tail, end - reader->kept, reader->kept);
}

int main(int count, char **arguments) {
  if (count != 6 && count != 7) return 2;
  allow_many_descriptors();
  int readers = number(arguments[2]);
  const char *needle = arguments[4];
  size_t length = strlen(needle);
  if (length < 1 || length > needle_limit) return 2;
  long expected = number(arguments[5]);
  struct reader *all = calloc((size_t)readers, sizeof *all);
  int loop = epoll_create1(EPOLL_CLOEXEC);
  if (all == NULL || loop < 0) die("fan_out");
  for (int i = 0; i < readers; i++) {
    all[i].fd = connected_to(arguments[1]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, all[i].fd, &event) != 0) die("epoll_ctl");
    if (count != 7) continue;
    send_all(all[i].fd, arguments[6], strlen(arguments[6]));
    send_all(all[i].fd, "\n", 1);
    char byte;
    do {
      if (recv(all[i].fd, &byte, 1, 0) != 1) die("no answer");
    } while (byte != '\n');
    // Nothing more is asked, so that the server closes when everything is said.
    shutdown(all[i].fd, SHUT_WR);
  }
  double start = seconds_now();
  if (kill(number(arguments[3]), SIGUSR1) != 0) die("kill");
  int open = readers;
  struct epoll_event ready[256];
  while (open > 0) {
    int found = epoll_wait(loop, ready, 256, -1);
    for (int i = 0; i < found; i++) {
      struct reader *reader = ready[i].data.ptr;
      ssize_t size = recv(reader->fd, buffer + needle_limit, chunk, 0);
      if (size < 0) die("recv");
      if (size == 0) {
        close(reader->fd);
        open--;
      } else {
        count_in(reader, needle, length, (size_t)size);
      }
    }
  }
  double elapsed = seconds_now() - start;
  long total = 0;
  for (int i = 0; i < readers; i++) {
    total += all[i].found;
    if (all[i].found < expected) {
      fprintf(stderr, "a reader got %ld of %ld\n", all[i].found, expected);
      return 1;
    }
  }
  printf("%.0f %.3f\n", (double)total / elapsed, elapsed);
}
