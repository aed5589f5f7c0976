/// Listening sockets that a process was born with.
#pragma once

#include <stddef.h>
#include <sys/types.h>

/// The path that a Unix stream socket listens on: its bytes in `path` and their number, or -1. EPROTOTYPE: it is no
/// listening Unix stream socket; EADDRNOTAVAIL: it has no path; ERANGE: longer than `capacity`; ENOTSOCK and EBADF.
ssize_t cl_listener_path(int fd, void *path, size_t capacity);
