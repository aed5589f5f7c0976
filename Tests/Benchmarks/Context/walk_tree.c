// walk_tree DIRECTORY [NAME]: the least that has to be done to see that a tree has not changed: reads all directories,
// but for those called NAME, and the status of every entry. Prints `FILES BYTES` of the regular files.

#include "tree_walk.h"

static unsigned long files;
static unsigned long long bytes;

static void look(int directory, const char *name, unsigned char type) {
  (void)type;
  struct stat status;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) die(name);
  if (!S_ISREG(status.st_mode)) return;
  files++;
  bytes += (unsigned long long)status.st_size;
}

int main(int count, char **arguments) {
  if (count != 2 && count != 3) return 2;
  walk(directory_at(arguments[1]), count == 3 ? arguments[2] : NULL, look);
  printf("%lu %llu\n", files, bytes);
}
