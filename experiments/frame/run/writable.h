/* Output files that cannot be written are found before the work, not after it. */
#ifndef FRAME_RUN_WRITABLE_H
#define FRAME_RUN_WRITABLE_H

#include "sim/base/context.h"

/* Can the file be written, whole? Nothing is left behind; what stands there stays. */
enum attndyn_status file_writable(struct attndyn_context *ctx, const char *path);

#endif
