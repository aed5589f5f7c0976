// idle_clients SOCKET COUNT: holds COUNT connections that say nothing. Prints a line when they are there, and ends when
// its standard input does.

#include "sockets.h"

int main(int count, char **arguments) {
  if (count != 3) return 2;
  allow_many_descriptors();
  for (int i = number(arguments[2]); i > 0; i--) connected_to(arguments[1]);
  puts("connected");
  fflush(stdout);
  while (getchar() != EOF) {}
}
