// line_server SOCKET READERS LINES: what fan-out costs without anything clever: waits for READERS connections and for
// SIGUSR1, then sends LINES lines of 100 bytes, each to every reader by a send(2) of its own, and closes.

#include "sockets.h"

int main(int count, char **arguments) {
  if (count != 4) return 2;
  prepare_go();
  allow_many_descriptors();
  int listener = listening_at(arguments[1]);
  int readers = number(arguments[2]);
  int lines = number(arguments[3]);
  int *sockets = calloc((size_t)readers, sizeof *sockets);
  if (sockets == NULL) die("calloc");
  for (int i = 0; i < readers; i++) {
    sockets[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (sockets[i] < 0) die("accept");
  }
  await_go();
  for (int line = 1; line <= lines; line++) {
    char text[101];
    snprintf(text, sizeof text, "%-99d\n", line);
    for (int i = 0; i < readers; i++) send_all(sockets[i], text, 100);
  }
}
