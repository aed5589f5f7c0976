#include "cl_errno.h"

#include <string.h>

const char *cl_errno_name(int error) { return strerrorname_np(error); }
