/* Greek letters by their names. */
#ifndef FRAME_CONTRACT_GREEK_H
#define FRAME_CONTRACT_GREEK_H

#include <stddef.h>

/* The letter whose name is the word of n characters, as UTF-8; NULL: none. */
const char *greek_letter(const char *word, size_t n);

#endif
