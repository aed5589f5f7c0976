// round_trip SOCKET rpc|http CONNECTIONS MILLISECONDS: asks on each connection, waits for the answer and asks again, and
// prints `RATE MEDIAN P99`: answers a second, and microseconds from a question to its answer.
//
// `rpc` asks with `broker.ping` in one line of 100 bytes, to be answered by any one line; `http` with `GET /_ping`, on
// connections that are kept.

#include "sockets.h"

enum { samples_limit = 1 << 22 };

static const char rpc[] =
    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"broker.ping\",\"params\":{\"echo\":\"0123456789012345678901234567890\"}}\n";
static const char http[] = "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";

struct connection {
  int fd;
  size_t have;
  double asked;
  char answer[4096];
};

static bool is_http;
static float *samples;
static size_t answers;

static void ask(struct connection *connection) {
  connection->have = 0;
  connection->asked = seconds_now();
  if (is_http) send_all(connection->fd, http, sizeof http - 1);
  else send_all(connection->fd, rpc, sizeof rpc - 1);
}

static bool is_complete(const struct connection *connection) {
  if (!is_http) return connection->answer[connection->have - 1] == '\n';
  // The body of the answer is `OK`.
  return connection->have > 6 && memcmp(connection->answer + connection->have - 6, "\r\n\r\nOK", 6) == 0;
}

/// Reads once; true where that completed the answer.
static bool take(struct connection *connection) {
  ssize_t size = recv(connection->fd, connection->answer + connection->have,
                      sizeof connection->answer - connection->have, 0);
  if (size <= 0) die("recv");
  connection->have += (size_t)size;
  if (!is_complete(connection)) return false;
  if (answers == 0 && !is_http && memmem(connection->answer, connection->have, "90123", 5) == NULL) {
    fprintf(stderr, "not the answer: %.*s\n", (int)connection->have, connection->answer);
    exit(1);
  }
  if (answers < samples_limit) samples[answers] = (float)(seconds_now() - connection->asked);
  answers++;
  return true;
}

static int ascending(const void *left, const void *right) {
  float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  is_http = strcmp(arguments[2], "http") == 0;
  int connections = number(arguments[3]);
  double duration = number(arguments[4]) / 1000.0;
  struct connection *all = calloc((size_t)connections, sizeof *all);
  samples = malloc(samples_limit * sizeof *samples);
  int loop = epoll_create1(EPOLL_CLOEXEC);
  if (all == NULL || samples == NULL || loop < 0) die("round_trip");
  for (int i = 0; i < connections; i++) {
    all[i].fd = connected_to(arguments[1]);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, all[i].fd, &event) != 0) die("epoll_ctl");
  }
  double start = seconds_now();
  double end = start + duration;
  for (int i = 0; i < connections; i++) ask(&all[i]);
  if (connections == 1) {
    do {
      while (!take(&all[0])) {}
      ask(&all[0]);
    } while (all[0].asked < end);
  } else {
    struct epoll_event ready[256];
    while (seconds_now() < end) {
      int found = epoll_wait(loop, ready, 256, -1);
      for (int i = 0; i < found; i++) {
        if (take(ready[i].data.ptr)) ask(ready[i].data.ptr);
      }
    }
  }
  double elapsed = seconds_now() - start;
  size_t kept = answers < samples_limit ? answers : samples_limit;
  qsort(samples, kept, sizeof *samples, ascending);
  printf("%.0f %.1f %.1f\n", (double)answers / elapsed, samples[kept / 2] * 1e6, samples[kept * 99 / 100] * 1e6);
}
