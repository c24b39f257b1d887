/* Code points: lower case, white space, UTF-8. With tables of our own, because a vocabulary must
 * not depend on the locale as the C library does. */
#ifndef ATTNDYN_DATA_LOWER_CASE_H
#define ATTNDYN_DATA_LOWER_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unicode's simple mapping, code point to code point; U+0130, which becomes two, is left alone, and
 * a sigma at a word's end is not special (see attndyn_lower_case_next). */
uint32_t attndyn_lower_case(uint32_t c);
/* Unicode's Cased and Case_Ignorable. A code point with both properties counts as ignorable, as in
 * the rule for final sigma, the only user of these. */
bool attndyn_is_cased(uint32_t c);
bool attndyn_is_case_ignorable(uint32_t c);

/* Lower case in its context, equal to Python's str.lower (3.11: Unicode 14.0) on every text: where
 * a text is read, and what the rule for a sigma at a word's end needs to know. Starts from {0}. */
struct attndyn_lower_case {
    size_t offset;
    bool after_cased;
};
/* Lowers the code point at text[at->offset], valid UTF-8 of `length` bytes in all. The bytes
 * written to `to`; *from: the code point as it was. */
size_t attndyn_lower_case_next(const char *text, size_t length, struct attndyn_lower_case *at,
                               char to[4], uint32_t *from);
/* Unicode's White_Space and the separators U+001C..1F, as Python's str.split has it. */
bool attndyn_is_white_space(uint32_t c);

/* One code point of valid UTF-8; the number of bytes it takes. */
size_t attndyn_utf8_decode(const char *bytes, uint32_t *c);
/* c <= U+10FFFF; bytes: (4). The number of bytes written. */
size_t attndyn_utf8_encode(uint32_t c, char *bytes);

#endif
