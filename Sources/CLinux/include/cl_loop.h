/// epoll(7), eventfd(2), signalfd(2).
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
  CL_READABLE = 0x001,  // EPOLLIN
  CL_WRITABLE = 0x004,  // EPOLLOUT
  CL_ERROR = 0x008,     // EPOLLERR
  CL_HANG_UP = 0x010,   // EPOLLHUP: the peer is gone
  CL_READ_END = 0x2000  // EPOLLRDHUP: the peer will send no more
};

struct cl_event {
  uint32_t events;
  uint64_t data;
};

/// A new epoll descriptor, close-on-exec.
int cl_epoll_create(void);
int cl_epoll_add(int epoll, int fd, uint32_t events, uint64_t data);
int cl_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data);
int cl_epoll_remove(int epoll, int fd);
/// Fills at most 256 and at most `capacity` events. `milliseconds` below zero: without limit.
int cl_epoll_wait(int epoll, struct cl_event *events, int capacity, int milliseconds);

/// A counter descriptor, non-blocking and close-on-exec.
int cl_eventfd(void);
int cl_eventfd_signal(int fd);
/// Resets the counter; 0 or -1.
int cl_eventfd_drain(int fd);

/// Blocks the signals for the calling thread, and so for those it creates afterwards, and opens a descriptor that
/// reports them; non-blocking and close-on-exec.
int cl_signalfd(const int *signals, size_t count);
/// The number of the next signal, 0 where none waits, -1 on an error.
int cl_signalfd_read(int fd);
