/* Names and paths may hold any bytes; what is written of them is valid UTF-8 without control
 * characters, as XML 1.0, HTML and JSON take it. Any other byte is written as \xE9. */
#ifndef FRAME_CONTRACT_PRINTABLE_H
#define FRAME_CONTRACT_PRINTABLE_H

#include "sim/base/context.h"

#include <stdio.h>

/* The bytes of the character at `text` that may be written as it is; 0: its first byte may not. A
 * line break and a tab may. */
size_t printable_character(const char *text);
/* One byte that may not. */
void printable_byte(FILE *to, char byte);
void printable_put(FILE *to, const char *text);
/* The same into memory of at least 4 strlen(text) + 1 bytes. */
void printable_write(char *to, const char *text);
/* The same as a string, owned by ctx; NULL when memory is out. */
char *printable_text(struct attndyn_context *ctx, const char *text);
/* The same for a name that is printed: as it is, where memory is out. */
const char *printable_name(struct attndyn_context *ctx, const char *name);

#endif
