/// posix_spawn(3), pidfd_open(2), waitpid(2), umount2(2).
#pragma once

#include <sys/types.h>

/// Starts the program at `path` as a process that shares nothing with this one but its user: in a session of its own,
/// with an empty signal mask, every signal at its default, `/` as working directory, /dev/null as standard input,
/// `output` as standard output and error, and no other descriptor. `arguments` and `environment` end with NULL.
/// The process id, or -1 with `errno`.
pid_t cl_spawn_daemon(const char *path, char *const arguments[], char *const environment[], int output);

/// How a child ended.
struct cl_exit {
  /// What it gave to exit(3); -1 where a signal ended it.
  int code;
  /// The signal that ended it; 0 where it exited.
  int signal;
};

/// Collects the child if it has ended. 1 where it has, 0 where it runs, -1 with `errno`: ECHILD where `pid` is not a
/// child of this process.
int cl_reap(pid_t pid, struct cl_exit *how);

/// A descriptor for the process, close-on-exec, that becomes readable once the process has ended.
int cl_pidfd_open(pid_t pid);
int cl_pidfd_signal(int pidfd, int signal);

/// Takes away the topmost mount at `path`, at once for new users and later for those who hold it open; a symbolic link
/// at `path` is not followed.
int cl_unmount(const char *path);
