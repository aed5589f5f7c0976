/// errno(3).
#pragma once

/// `ENOENT`; NULL for a number that is no error.
const char *cl_errno_name(int error);
