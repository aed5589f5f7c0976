/// System calls, constants and macros that Swift's Glibc module lacks or cannot import, as small functions over flat
/// values. Every function returns what the call returns and leaves `errno` as the call left it, unless its comment
/// says otherwise. One header a concern.
#pragma once

#include "cl_errno.h"
#include "cl_loop.h"
#include "cl_socket.h"
#include "cl_files.h"
#include "cl_listener.h"
#include "cl_process.h"
#include "cl_peer.h"
