// make_tree small|large|ignored DIRECTORY FILES: makes a build context of FILES files, the same one for the same
// arguments, and prints `FILES BYTES` of the files that a build of it is sent.
//
// small    files of 1 to 9,216 bytes, twenty a directory, in two levels of directories.
// large    1 GiB in files of one size, but for a byte.
// ignored  files of 1 to 2,048 bytes, twenty a directory, in packages of a hundred directories. Of a package, 90 % is
//          dropped with the directory node_modules, 5 % by the files' names, and 5 % is sent.
//
// All have a Dockerfile that copies everything.

#include "../sockets.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { in_directory = 20, directories_in_package = 100, piece_size = 1 << 20 };

static const char dockerfile[] = "FROM scratch\nCOPY . /\n";
static const char ignore_file[] = "# What is fetched and what is made.\n**/node_modules\n**/*.log\n.git\n*.tmp\n";

static uint64_t piece[piece_size / sizeof(uint64_t)];
static long sent_files;
static long long sent_bytes;

/// The next of a sequence of evenly distributed numbers (splitmix64).
static uint64_t next_number(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// A new file whose times lie in the past, as those of a checked out tree do.
static void make_file(const char *path, const void *text, uint64_t seed, long long size, bool is_sent) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) die(path);
  long long left = size;
  while (left > 0) {
    size_t count = left < piece_size ? (size_t)left : piece_size;
    if (text == NULL) {
      for (size_t i = 0; i * sizeof *piece < count; i++) piece[i] = next_number(&seed);
    }
    if (write(fd, text != NULL ? text : piece, count) != (ssize_t)count) die(path);
    left -= (long long)count;
  }
  struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
  if (futimens(fd, times) != 0) die(path);
  close(fd);
  if (!is_sent) return;
  sent_files++;
  sent_bytes += size;
}

static void make_directory(const char *path) {
  if (mkdir(path, 0755) != 0 && errno != EEXIST) die(path);
}

static void make_small(int files) {
  const int in_area = 100;
  char path[64];
  for (int i = 0; i < files; i++) {
    int directory = i / in_directory;
    if (i % in_directory == 0) {
      snprintf(path, sizeof path, "area%02d", directory / in_area);
      make_directory(path);
      snprintf(path, sizeof path, "area%02d/part%04d", directory / in_area, directory);
      make_directory(path);
    }
    uint64_t seed = (uint64_t)i;
    snprintf(path, sizeof path, "area%02d/part%04d/file%06d.c", directory / in_area, directory, i);
    make_file(path, NULL, seed, 1 + (long long)(next_number(&seed) % 9216), true);
  }
}

static void make_large(int files) {
  const long long total = 1LL << 30;
  char path[64];
  for (int i = 0; i < files; i++) {
    snprintf(path, sizeof path, "blob%02d", i);
    make_file(path, NULL, (uint64_t)i << 32, total / files + (i < total % files ? 1 : 0), true);
  }
}

static void make_ignored(int files) {
  char path[128];
  make_file(".dockerignore", ignore_file, 0, sizeof ignore_file - 1, true);
  make_directory("packages");
  for (int i = 0; i < files; i++) {
    int directory = i / in_directory;
    int package = directory / directories_in_package;
    int place = directory % directories_in_package;
    const char *kind = place < 90 ? "node_modules" : place < 95 ? "run" : "src";
    if (i % in_directory == 0) {
      snprintf(path, sizeof path, "packages/package%02d", package);
      make_directory(path);
      snprintf(path, sizeof path, "packages/package%02d/%s", package, kind);
      make_directory(path);
      snprintf(path, sizeof path, "packages/package%02d/%s/part%02d", package, kind, place);
      make_directory(path);
    }
    bool is_log = place >= 90 && place < 95;
    uint64_t seed = (uint64_t)i;
    snprintf(path, sizeof path, "packages/package%02d/%s/part%02d/file%06d.%s", package, kind, place, i,
             is_log ? "log" : "js");
    make_file(path, NULL, seed, 1 + (long long)(next_number(&seed) % 2048), place >= 95);
  }
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int files = number(arguments[3]);
  make_directory(arguments[2]);
  if (chdir(arguments[2]) != 0) die(arguments[2]);
  make_file("Dockerfile", dockerfile, 0, sizeof dockerfile - 1, true);
  if (strcmp(arguments[1], "small") == 0) make_small(files);
  else if (strcmp(arguments[1], "large") == 0) make_large(files);
  else if (strcmp(arguments[1], "ignored") == 0) make_ignored(files);
  else return 2;
  sync();
  printf("%ld %lld\n", sent_files, sent_bytes);
}
