#include "cl_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int add_file_actions(posix_spawn_file_actions_t *actions, int output) {
  int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
  if (error == 0) error = posix_spawn_file_actions_addchdir_np(actions, "/");
  return error;
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  // sigfillset leaves out the two signals that glibc keeps for itself, and posix_spawn then passes them on as ignored.
  memset(&all, 0xff, sizeof all);
  int error = posix_spawnattr_setsigmask(attributes, &none);
  if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (error == 0) {
    error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  return error;
}

pid_t cl_spawn_daemon(const char *path, char *const arguments[], char *const environment[], int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid = -1;
  int error = posix_spawn_file_actions_init(&actions);
  if (error == 0) {
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
      error = add_file_actions(&actions, output);
      if (error == 0) error = set_attributes(&attributes);
      if (error == 0) error = posix_spawn(&pid, path, &actions, &attributes, arguments, environment);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
  }
  if (error == 0) return pid;
  errno = error;
  return -1;
}

int cl_reap(pid_t pid, struct cl_exit *how) {
  int status = 0;
  pid_t reaped;
  do {
    reaped = waitpid(pid, &status, WNOHANG);
  } while (reaped < 0 && errno == EINTR);
  if (reaped <= 0) return reaped;
  how->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  how->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return 1;
}

// By number: glibc has these two calls only since 2.36.
int cl_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cl_pidfd_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int cl_unmount(const char *path) { return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); }
