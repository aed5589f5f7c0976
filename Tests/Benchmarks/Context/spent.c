// spent FILE COMMAND...: runs the command and ends with its status. Adds a line `SECONDS CPU` to the file: how long the
// command ran, and how many seconds of processors it took with everything that it started.

#include "../sockets.h"

#include <sys/prctl.h>
#include <sys/wait.h>

int main(int count, char **arguments) {
  if (count < 3) return 2;
  // What the command leaves behind, as shells do with `>(...)`, is collected, and so counted, here.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("prctl");
  double start = seconds_now();
  pid_t command = fork();
  if (command < 0) die("fork");
  if (command == 0) {
    execvp(arguments[2], arguments + 2);
    die(arguments[2]);
  }
  int status = 0;
  double end = start;
  int ended;
  pid_t child;
  while ((child = wait(&ended)) > 0) {
    if (child != command) continue;
    end = seconds_now();
    status = ended;
  }
  struct rusage usage;
  if (getrusage(RUSAGE_CHILDREN, &usage) != 0) die("getrusage");
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  FILE *file = fopen(arguments[1], "a");
  if (file == NULL || fprintf(file, "%.4f %.4f\n", end - start, cpu) < 0 || fclose(file) != 0) die(arguments[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
