/// What the programs of this directory have in common: Unix stream sockets, the clock, and giving up.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// Ends the program with what went wrong and errno's text.
static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/// A decimal argument from 1 on.
static inline int number(const char *text) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || value < 1 || value > 1000000000) {
    fprintf(stderr, "not a number from 1: %s\n", text);
    exit(2);
  }
  return (int)value;
}

static inline struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    fprintf(stderr, "too long for a socket: %s\n", path);
    exit(2);
  }
  strcpy(address.sun_path, path);
  return address;
}

static inline int connected_to(const char *path) {
  struct sockaddr_un address = address_of(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die(path);
  return fd;
}

static inline int listening_at(const char *path) {
  struct sockaddr_un address = address_of(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0) die(path);
  return fd;
}

/// Sends all of it on a blocking socket.
static inline void send_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) die("send");
    bytes += sent;
    count -= (size_t)sent;
  }
}

/// Lets the process have as many descriptors as the system lets it have.
static inline void allow_many_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit");
}

/// Blocks SIGUSR1, so that `await_go` finds it whenever it was sent.
static inline void prepare_go(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) die("sigprocmask");
}

/// Waits for the SIGUSR1 that says that every reader is there.
static inline void await_go(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  int signal;
  if (sigwait(&set, &signal) != 0) die("sigwait");
}
