#include "cl_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(CL_PATH_ONLY == O_PATH, "open(2)");

ssize_t cl_move_between_pipes(int from, int to, size_t count) {
  return splice(from, NULL, to, NULL, count, SPLICE_F_NONBLOCK);
}

int cl_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

static int open_resolving(int root, const char *path, int flags, uint64_t resolve) {
  struct open_how how = {.flags = (uint64_t)(unsigned)flags, .resolve = resolve};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/// Old kernels answer ENOSYS; old seccomp filters answer EPERM to calls that they do not know.
static int lacks_openat2(int error) { return error == ENOSYS || error == EPERM; }

int cl_open_directory(const char *path) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
  int descriptor = open_resolving(AT_FDCWD, path, flags, RESOLVE_NO_MAGICLINKS);
  if (descriptor < 0 && lacks_openat2(errno)) return open(path, flags);
  return descriptor;
}

int cl_open_beneath(int root, const char *path, int flags) {
  int descriptor = open_resolving(root, path, flags | O_CLOEXEC | O_NOFOLLOW,
                                  RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
  if (descriptor < 0 && lacks_openat2(errno)) return cl_open_by_components(root, path, flags);
  return descriptor;
}

int cl_open_by_components(int root, const char *path, int flags) {
  char component[NAME_MAX + 1];
  int directory = root;
  for (;;) {
    size_t length = strcspn(path, "/");
    if (length > NAME_MAX) {
      if (directory != root) close(directory);
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(component, path, length);
    component[length] = 0;
    path += length;
    const int last = *path == 0;
    const int step = last ? flags : O_RDONLY | O_DIRECTORY | O_NONBLOCK;
    int next = openat(directory, component, step | O_CLOEXEC | O_NOFOLLOW);
    int error = errno;
    if (directory != root) close(directory);
    errno = error;
    if (last || next < 0) return next;
    directory = next;
    path += 1;
  }
}

ssize_t cl_directory_records(int directory, void *buffer, size_t capacity) {
  return syscall(SYS_getdents64, directory, buffer, capacity);
}

int cl_is_on_kernel_filesystem(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return -1;
  return status.f_type == PROC_SUPER_MAGIC || status.f_type == SYSFS_MAGIC;
}

int cl_keeps_reliable_times(int descriptor) {
  // The last two are missing in older headers.
  const uint64_t zfs = 0x2FC12FC1, bcachefs = 0xCA451A4E;
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return -1;
  switch ((uint64_t)status.f_type & 0xFFFFFFFF) {
    case EXT4_SUPER_MAGIC:  // and ext2, ext3
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC: return 1;
    default: break;
  }
  const uint64_t type = (uint64_t)status.f_type & 0xFFFFFFFF;
  return type == zfs || type == bcachefs;
}

int cl_usable_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}

int cl_has_attributes(int descriptor) {
  const ssize_t length = flistxattr(descriptor, NULL, 0);
  return length < 0 ? -1 : length > 0;
}

ssize_t cl_file_capability(int descriptor, void *buffer, size_t capacity) {
  // Nearly no file has one, which the kernel says sooner when it is asked for the length alone.
  ssize_t length = fgetxattr(descriptor, "security.capability", NULL, 0);
  if (length > 0) length = fgetxattr(descriptor, "security.capability", buffer, capacity);
  if (length < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) return 0;
  return length;
}

uint32_t cl_device_major(uint64_t device) { return major(device); }

uint32_t cl_device_minor(uint64_t device) { return minor(device); }

int cl_file_type(int fd) {
  struct statx info;
  // The type of a file never changes, so that the kernel has it whatever is asked for.
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &info) != 0) return -1;
  return info.stx_mode & S_IFMT;
}
