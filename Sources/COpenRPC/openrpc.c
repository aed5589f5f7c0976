#include "COpenRPC.h"

// A part of C23 that every compiler of Swift 6.2 and later has, in all modes of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../../Protocol/openrpc.json"
};

const unsigned char *openrpc_document(size_t *size) {
  *size = sizeof document;
  return document;
}
