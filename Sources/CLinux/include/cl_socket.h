/// unix(7) stream sockets. All descriptors made here are non-blocking and close-on-exec.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Longest path that can be bound or connected: `sun_path` without its terminating zero.
enum { CL_UNIX_PATH_LIMIT = 107 };

/// A socket connected to the path of `length` bytes, or -1. ENAMETOOLONG beyond CL_UNIX_PATH_LIMIT; EAGAIN while the
/// listener's backlog is full.
int cl_unix_connect(const char *path, size_t length);

/// A socket bound to the path and listening, or -1. The file's mode is `mode` from its first moment on, less the
/// umask.
int cl_unix_listen(const char *path, size_t length, uint32_t mode, int backlog);

/// The next connection of a listening socket, or -1.
int cl_accept(int fd);

/// SO_PEERCRED: the identity that the peer had when it connected (or listened).
int cl_peer_credentials(int fd, uint32_t *pid, uint32_t *uid, uint32_t *gid);

/// Bytes received: 0 at the end of input, -1 on an error. Descriptors sent along are closed: nothing here takes them.
ssize_t cl_receive(int fd, void *buffer, size_t capacity);

/// Descriptors that one message can carry here.
enum { CL_DESCRIPTOR_LIMIT = 16 };

/// As `cl_receive`, but takes the descriptors that were sent along: `*count` of them, close-on-exec, belong to the
/// caller from then on. `*truncated` is 1 where there were more than `descriptors` or this process has room for; those
/// are closed. `descriptors` has room for CL_DESCRIPTOR_LIMIT.
ssize_t cl_receive_with_descriptors(int fd, void *buffer, size_t capacity, int *descriptors, size_t *count,
                                    int *truncated);

/// As `cl_send`, with copies of at most CL_DESCRIPTOR_LIMIT descriptors, which go with the first byte that is sent.
ssize_t cl_send_with_descriptors(int fd, const void *buffer, size_t length, const int *descriptors, size_t count);

/// 1 for a stream socket, 0 for another, -1 for what is no socket.
int cl_is_stream_socket(int fd);

/// Bytes sent, or -1; never raises SIGPIPE.
ssize_t cl_send(int fd, const void *buffer, size_t count);

/// As cl_send, for three pieces in one system call.
ssize_t cl_send_three(int fd, const void *first, size_t first_count, const void *second, size_t second_count,
                      const void *third, size_t third_count);

/// A flock(2) lock on `fd`, exclusive and without waiting: 0, or -1 with EWOULDBLOCK where another holds it.
int cl_lock_exclusively(int fd);
