/// A walk through a directory tree with as few system calls as there can be: an openat and getdents64 for a directory,
/// nothing for anything else.
#pragma once

#include "../sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

typedef void entry_visitor(int directory, const char *name, unsigned char type);

/// Shows the visitor every entry below the directory, those of directories before what they hold. Closes the directory.
/// - Parameter pruned: the name of directories that are not entered; or NULL.
static void walk(int directory, const char *pruned, entry_visitor visit) {
  char records[32768];
  ssize_t size;
  while ((size = getdents64(directory, records, sizeof records)) > 0) {
    for (ssize_t position = 0; position < size;) {
      struct dirent64 *entry = (struct dirent64 *)(records + position);
      position += entry->d_reclen;
      const char *name = entry->d_name;
      if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
      visit(directory, name, entry->d_type);
      if (entry->d_type != DT_DIR || (pruned != NULL && strcmp(name, pruned) == 0)) continue;
      int child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (child < 0) die(name);
      walk(child, pruned, visit);
    }
  }
  if (size < 0) die("getdents64");
  close(directory);
}

static inline int directory_at(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) die(path);
  return fd;
}
