/* GPT-2's alphabet: a code point for every byte, so that a piece of bytes is a text; not installed.
 * Printable bytes are their own code points, the other 68 follow from U+0100 on. */
#ifndef ATTNDYN_DATA_ALPHABET_PRIVATE_H
#define ATTNDYN_DATA_ALPHABET_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

enum { ATTNDYN_ALPHABET_END = 256 + 68 };

/* The byte that a code point stands for; 256: none. */
unsigned attndyn_alphabet_byte(uint32_t c);
/* The longest piece of a vocabulary, in the bytes of the alphabet, that is read; so the trainer
 * makes none that is longer. */
#define ATTNDYN_LONGEST_PIECE (1 << 14)
/* bytes[0..length) in the alphabet; to: (2 length + 1), NUL-terminated. The bytes written. */
size_t attndyn_alphabet_write(const char *bytes, size_t length, char *to);

#endif
