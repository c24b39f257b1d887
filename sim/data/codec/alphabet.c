#include "alphabet_private.h"

#include "../lower_case.h"

#include <stdbool.h>

static bool is_own(unsigned byte) {
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

unsigned attndyn_alphabet_byte(uint32_t c) {
    uint32_t other = 256;
    if (c < 256) return is_own(c) ? c : 256;
    if (c >= ATTNDYN_ALPHABET_END) return 256;
    for (unsigned byte = 0; byte < 256; byte++)
        if (!is_own(byte) && other++ == c) return byte;
    return 256;
}

static uint32_t code_point_of(unsigned byte) {
    uint32_t c = 256;
    if (is_own(byte)) return byte;
    for (unsigned b = 0; b < byte; b++) c += !is_own(b);
    return c;
}

size_t attndyn_alphabet_write(const char *bytes, size_t length, char *to) {
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += attndyn_utf8_encode(code_point_of((unsigned char)bytes[i]), to + n);
    to[n] = '\0';
    return n;
}
