#ifndef COPENRPC_H
#define COPENRPC_H

#include <stddef.h>

/// Protocol/openrpc.json as it was when this was compiled, in memory that is only read and never released.
///
/// - size: receives its size in bytes.
const unsigned char *openrpc_document(size_t *size);

#endif
