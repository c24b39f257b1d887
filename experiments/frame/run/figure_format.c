#include "figure_format.h"

#include "sim/base/text.h"

#include <stdio.h>
#include <string.h>

enum attndyn_status figure_format_check(struct attndyn_context *ctx, const char *format) {
    if (!format || strcmp(format, "svg") == 0 || strcmp(format, "pdf") == 0 ||
        strcmp(format, "png") == 0)
        return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE, "--format=%.40s: expected svg, pdf or png", format);
}

static const char house_terminal[] = "set terminal svg size ", dynamic[] = " dynamic ";

/* Splits "W,H", which may be expressions, at the comma outside of brackets. */
static const char *comma_of(const char *at, const char *end) {
    int depth = 0;
    for (; at < end; at++) {
        depth += (*at == '(') - (*at == ')');
        if (*at == ',' && depth == 0) return at;
    }
    return NULL;
}

enum attndyn_status figure_format_script(struct attndyn_context *ctx, const char *script,
                                         const char *format, char **rewritten) {
    const bool pdf = strcmp(format, "pdf") == 0;
    struct attndyn_text text;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    for (const char *at = script;;) {
        const char *found = strstr(at, house_terminal);
        const char *size = found ? found + sizeof house_terminal - 1 : NULL;
        const char *end = size ? strstr(size, dynamic) : NULL;
        const char *comma = end ? comma_of(size, end) : NULL;
        if (!comma) {
            fputs(at, text.stream);
            break;
        }
        fwrite(at, 1, (size_t)(found - at), text.stream);
        fprintf(text.stream,
                pdf ? "set terminal pdfcairo size (%.*s)/72.0,(%.*s)/72.0 fontscale 1 "
                    : "set terminal pngcairo size %.*s,%.*s ",
                (int)(comma - size), size, (int)(end - comma - 1), comma + 1);
        at = end + sizeof dynamic - 1;
    }
    return attndyn_text_end(&text, rewritten);
}
