// ask SOCKET MESSAGE: sends the message and a line end, and prints the line that comes back.

#include "../sockets.h"

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int fd = connected_to(arguments[1]);
  send_all(fd, arguments[2], strlen(arguments[2]));
  send_all(fd, "\n", 1);
  char answer[65536];
  size_t have = 0;
  while (have == 0 || answer[have - 1] != '\n') {
    ssize_t size = recv(fd, answer + have, sizeof answer - have, 0);
    if (size <= 0) die("recv");
    have += (size_t)size;
  }
  fwrite(answer, 1, have, stdout);
}
