/* Include where jansson is included; not installed, for the library's users need no jansson. */
#ifndef ATTNDYN_BASE_JSON_PRIVATE_H
#define ATTNDYN_BASE_JSON_PRIVATE_H

#include "context.h"

#include <jansson.h>

/* A text of JSON from a file that is not trusted: nested at most `deepest` (each level costs the
 * parser stack), no name twice in an object. *root: to be given back by json_decref. `origin` names
 * it in messages. ATTNDYN_NO_INPUT: it is none; ATTNDYN_NO_MEMORY. */
enum attndyn_status attndyn_json_parse(struct attndyn_context *ctx, const char *text, size_t length,
                                       int deepest, const char *origin, json_t **root);
/* Is the text nested deeper? */
bool attndyn_json_is_deeper(const char *text, size_t length, int deepest);

/* root as text, to be freed by the caller (attndyn_free); flags are json_dumps's. *length: without
 * the end's 0. NULL: out of memory, or root is NULL. Takes the reference to root.
 *
 * json_dumps grows its memory as it goes, and leaves out a mark for which it finds none. Here the
 * dump's size is computed first and its memory allocated at once. */
char *attndyn_json_text(struct attndyn_context *ctx, json_t *root, size_t flags, size_t *length);

#endif
