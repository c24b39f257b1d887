/* Include where jansson is included; not installed, for the library's users need no jansson. */
#ifndef ATTNDYN_BASE_JSON_PRIVATE_H
#define ATTNDYN_BASE_JSON_PRIVATE_H

#include "context.h"

#include <jansson.h>

/* root as text, to be freed by the caller (attndyn_free); flags are json_dumps's. *length: without
 * the end's 0. NULL: out of memory, or root is NULL. Takes the reference to root.
 *
 * json_dumps grows its memory as it goes, and leaves out a mark for which it finds none. Here the
 * dump goes to memory of its very size. */
char *attndyn_json_text(struct attndyn_context *ctx, json_t *root, size_t flags, size_t *length);

#endif
