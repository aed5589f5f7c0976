// engine SOCKET LINES: an Engine that has a classic builder and one build, whose only step writes LINES lines of 100
// bytes once SIGUSR1 came, as fast as they are taken.
//
// It knows what a broker asks of an Engine to run a build of `FROM scratch`, and answers 404 to everything else.

#include "sockets.h"

#include <pthread.h>

static const char image[] = "sha256:abababababababababababababababababababababababababababababababab";
static int lines;

static void answer(int fd, const char *status, const char *body, bool has_body) {
  char text[2048];
  int size = snprintf(text, sizeof text,
                      "HTTP/1.1 %s\r\nApi-Version: 1.41\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\n"
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                      status, strlen(body), has_body ? body : "");
  send_all(fd, text, (size_t)size);
}

static void send_chunk(int fd, const char *bytes, size_t count) {
  char head[32];
  send_all(fd, head, (size_t)snprintf(head, sizeof head, "%zx\r\n", count));
  send_all(fd, bytes, count);
  send_all(fd, "\r\n", 2);
}

static void send_record(int fd, const char *record) { send_chunk(fd, record, strlen(record)); }

static void begin_chunks(int fd) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  send_all(fd, head, sizeof head - 1);
}

static void build(int fd) {
  begin_chunks(fd);
  send_record(fd, "{\"stream\":\"Step 1/2 : FROM scratch\"}\r\n{\"stream\":\"\\n\"}\r\n");
  send_record(fd, "{\"stream\":\"Step 2/2 : RUN yes\"}\r\n{\"stream\":\"\\n\"}\r\n");
  send_record(fd, "{\"stream\":\" ---\\u003e Running in abababababab\\n\"}\r\n");
  await_go();
  enum { batch = 64, record_size = 128 };
  char *text = malloc(batch * record_size);
  size_t size = 0;
  for (int line = 1; line <= lines; line++) {
    size += (size_t)snprintf(text + size, record_size, "{\"stream\":\"%-99d\\n\"}\r\n", line);
    if (line % batch != 0 && line != lines) continue;
    send_chunk(fd, text, size);
    size = 0;
  }
  free(text);
  send_record(fd, "{\"stream\":\"Removing intermediate container abababababab\\n\"}\r\n");
  char last[256];
  snprintf(last, sizeof last, "{\"aux\":{\"ID\":\"%s\"}}\r\n{\"stream\":\"Successfully built abababababab\\n\"}\r\n", image);
  send_record(fd, last);
  send_all(fd, "0\r\n\r\n", 5);
}

static bool begins(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

/// The path behind the version, or the whole of it.
static const char *unversioned(const char *path) {
  if (!begins(path, "/v1.")) return path;
  const char *slash = strchr(path + 1, '/');
  return slash == NULL ? path : slash;
}

/// False where the connection ends.
static bool serve(int fd, const char *head) {
  char method[16], target[1024];
  if (sscanf(head, "%15s %1023s", method, target) != 2) return false;
  const char *path = unversioned(target);
  if (begins(path, "/_ping")) {
    answer(fd, "200 OK", "OK", strcmp(method, "HEAD") != 0);
  } else if (begins(path, "/version")) {
    answer(fd, "200 OK",
           "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\",\"Arch\":\"amd64\"}",
           true);
  } else if (begins(path, "/info")) {
    answer(fd, "200 OK", "{\"ID\":\"BENCH\",\"Driver\":\"overlay2\",\"OSType\":\"linux\",\"Architecture\":\"x86_64\"}", true);
  } else if (begins(path, "/images/sha256:")) {
    char body[256];
    snprintf(body, sizeof body, "{\"Id\":\"%s\",\"Size\":1,\"Os\":\"linux\",\"Architecture\":\"amd64\"}", image);
    answer(fd, "200 OK", body, true);
  } else if (begins(path, "/build/cancel")) {
    answer(fd, "200 OK", "", true);
  } else if (begins(path, "/build")) {
    build(fd);
  } else if (begins(path, "/events")) {
    begin_chunks(fd);
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) {}
    return false;
  } else {
    answer(fd, "404 Not Found", "{\"message\":\"page not found\"}", true);
  }
  return true;
}

/// Reads a body in chunks up to the last one, or of `length` bytes.
static void skip_body(int fd, char *bytes, size_t have, long length, bool is_chunked) {
  char end[5] = {0};
  char buffer[65536];
  for (;;) {
    length -= (long)have;
    for (size_t i = have > 5 ? have - 5 : 0; i < have; i++) {
      memmove(end, end + 1, 4);
      end[4] = bytes[i];
    }
    if (is_chunked ? memcmp(end, "0\r\n\r\n", 5) == 0 : length <= 0) return;
    ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    if (size <= 0) return;
    bytes = buffer;
    have = (size_t)size;
  }
}

static void *serve_connection(void *argument) {
  int fd = (int)(intptr_t)argument;
  char head[65536];
  size_t have = 0;
  for (;;) {
    ssize_t size = recv(fd, head + have, sizeof head - 1 - have, 0);
    if (size <= 0) break;
    have += (size_t)size;
    head[have] = 0;
    char *end = strstr(head, "\r\n\r\n");
    if (end == NULL) continue;
    char *body = end + 4;
    *end = 0;
    const char *length = strcasestr(head, "\r\nContent-Length:");
    bool is_chunked = strcasestr(head, "\r\nTransfer-Encoding: chunked") != NULL;
    skip_body(fd, body, have - (size_t)(body - head), length == NULL ? 0 : atol(length + 17), is_chunked);
    if (!serve(fd, head)) break;
    have = 0;
  }
  close(fd);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  prepare_go();
  lines = number(arguments[2]);
  int listener = listening_at(arguments[1]);
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) die("accept");
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)fd) != 0) die("pthread_create");
    pthread_detach(thread);
  }
}
