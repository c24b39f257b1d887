#include "printable.h"

#include <string.h>

size_t printable_character(const char *string) {
    const unsigned char *text = (const unsigned char *)string;
    unsigned char lead = text[0];
    if (lead < 0x80) return (lead >= ' ' && lead != 0x7F) || lead == '\t' || lead == '\n';
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    /* C1 controls, overlong forms, surrogates, U+FFFE and U+FFFF, beyond U+10FFFF. */
    if ((lead == 0xC2 && text[1] < 0xA0) || (lead == 0xE0 && text[1] < 0xA0) ||
        (lead == 0xED && text[1] > 0x9F) || (lead == 0xEF && text[1] == 0xBF && text[2] >= 0xBE) ||
        (lead == 0xF0 && text[1] < 0x90) || (lead == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

void printable_byte(FILE *to, char byte) {
    fprintf(to, "\\x%02X", (unsigned)(unsigned char)byte);
}

void printable_put(FILE *to, const char *text) {
    for (size_t n; *text; text += n ? n : 1) {
        n = printable_character(text);
        if (n)
            fwrite(text, 1, n, to);
        else
            printable_byte(to, *text);
    }
}

void printable_write(char *to, const char *text) {
    for (size_t n; *text; text += n ? n : 1) {
        n = printable_character(text);
        memcpy(to, text, n);
        to += n ? n : (size_t)snprintf(to, 5, "\\x%02X", (unsigned)(unsigned char)*text);
    }
    *to = '\0';
}

char *printable_text(struct attndyn_context *ctx, const char *text) {
    char *out = attndyn_alloc(ctx, 4 * strlen(text) + 1, 1);
    if (out) printable_write(out, text);
    return out;
}

const char *printable_name(struct attndyn_context *ctx, const char *name) {
    const char *shown = printable_text(ctx, name);
    return shown ? shown : name;
}
