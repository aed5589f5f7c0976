#pragma once

#include <zlib.h>

/// `inflateInit2`, a macro, for streams of the gzip format only (RFC 1952).
static inline int cz_inflate_init_gzip(z_stream *stream) {
    return inflateInit2(stream, MAX_WBITS + 16);
}
