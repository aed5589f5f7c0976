#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The bit that F_GETFL shows for a descriptor opened with O_PATH.
enum { CL_PATH_ONLY = 0x200000 };

/// Moves bytes from one pipe to another without ever waiting, whatever the flags of either (splice(2)): their count, 0
/// at the end of input, -1 with EAGAIN where nothing can be moved now.
ssize_t cl_move_between_pipes(int from, int to, size_t count);

/// A pipe, both ends non-blocking and close-on-exec: 0, or -1.
int cl_pipe(int ends[2]);

/// Opens a directory by any path, following symbolic links but no magic links of procfs (`/proc/PID/cwd` and the
/// like), where the kernel has openat2(2).
int cl_open_directory(const char *path);

/// Opens `path`, which is relative and holds no `..`, below the directory `root`; no component may be a symbolic link
/// and none can lead out of `root`. `flags` as for open(2), without O_CREAT; O_CLOEXEC and O_NOFOLLOW are added.
/// A symbolic link on the way gives ELOOP or ENOTDIR.
int cl_open_beneath(int root, const char *path, int flags);

/// What `cl_open_beneath` does where the kernel or a sandbox lacks openat2(2): one openat(2) a component.
int cl_open_by_components(int root, const char *path, int flags);

/// getdents64(2): records of `ino:u64 off:i64 length:u16 type:u8 name:NUL-terminated`, each padded to `length`.
ssize_t cl_directory_records(int directory, void *buffer, size_t capacity);

/// 1 when the descriptor is on procfs or sysfs, 0 when not, -1 with `errno` when fstatfs(2) failed.
int cl_is_on_kernel_filesystem(int descriptor);

/// 1 when the descriptor is on a filesystem of a local disk, whose inode numbers and times of change tell reliably which
/// file it is and whether it was written; 0 when it is on another or an unknown one; -1 with `errno` when fstatfs(2)
/// failed.
int cl_keeps_reliable_times(int descriptor);

/// Processors that the calling thread may run on (sched_getaffinity(2)), at least 1.
int cl_usable_processors(void);

/// flistxattr(2): 1 when the file has extended attributes that the caller may know of, 0 when it has none, -1 with `errno`
/// where its filesystem does not say.
int cl_has_attributes(int descriptor);

/// fgetxattr(2) of `security.capability`: the bytes of the attribute, 0 when the file has none or its filesystem
/// keeps none, -1 with `errno` otherwise.
ssize_t cl_file_capability(int descriptor, void *buffer, size_t capacity);

/// The parts of a `dev_t`, which are macros in the C library.
uint32_t cl_device_major(uint64_t device);
uint32_t cl_device_minor(uint64_t device);

/// The type of the file that a descriptor stands for, as the S_IFMT bits of st_mode, inode(7); -1 with `errno`. Only what
/// the kernel knows already: unlike fstat(2), it never waits for the server of a remote or FUSE file system.
int cl_file_type(int fd);
