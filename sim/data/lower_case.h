/* Code points: lower case, white space, UTF-8. Own tables, because what the C library does depends
 * on the locale, and a vocabulary must not. */
#ifndef ATTNDYN_DATA_LOWER_CASE_H
#define ATTNDYN_DATA_LOWER_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unicode's simple mapping, code point to code point; U+0130, which becomes two, is left alone. */
uint32_t attndyn_lower_case(uint32_t c);
/* Is it the lower case of something? */
bool attndyn_is_lower_case(uint32_t c);
/* Unicode's White_Space and the separators U+001C..1F, as Python's str.split has it. */
bool attndyn_is_white_space(uint32_t c);

/* One code point of valid UTF-8; the number of bytes it takes. */
size_t attndyn_utf8_decode(const char *bytes, uint32_t *c);
/* c <= U+10FFFF; bytes: (4). The number of bytes written. */
size_t attndyn_utf8_encode(uint32_t c, char *bytes);

#endif
