#include "html.h"

#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/prose.h"
#include "sim/base/text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char *entity(char c) {
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

/* At least one byte of text, whole characters. */
static size_t one(FILE *to, const char *text) {
    const char *e = entity(*text);
    size_t length = printable_character(text);
    if (e)
        fputs(e, to);
    else if (length)
        fwrite(text, 1, length, to);
    else
        printable_byte(to, *text);
    return length ? length : 1;
}

static void text_n(FILE *to, const char *text, size_t n) {
    for (size_t i = 0; i < n;) i += one(to, text + i);
}

void html_text(FILE *to, const char *text) {
    text_n(to, text, strlen(text));
}

char *html_escaped(struct attndyn_context *ctx, const char *text, size_t n) {
    struct attndyn_text to;
    char *out;
    if (attndyn_text_begin(ctx, &to) != ATTNDYN_OK) return NULL;
    text_n(to.stream, text, n);
    return attndyn_text_end(&to, &out) == ATTNDYN_OK ? out : NULL;
}

/* How far the block goes: lines that are all indented, or all not, up to a blank line. */
static size_t block(const char *text) {
    bool kept = strncmp(text, "  ", 2) == 0;
    const char *at = text;
    while (*at && *at != '\n' && (strncmp(at, "  ", 2) == 0) == kept) {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return (size_t)(at - text);
}

void html_prose(FILE *to, const char *text) {
    prose_write(to, text, strlen(text), PROSE_HTML);
}

void html_title(FILE *to, const char *text) {
    prose_write(to, text, strlen(text), PROSE_TITLE);
}

void html_note(FILE *to, const char *text) {
    size_t n = 0, length;
    while (text[n] && (length = printable_character(text + n)) > 0) n += length;
    if (text[n])
        html_text(to, text);
    else
        html_prose(to, text);
}

void html_paragraphs(FILE *to, const char *text) {
    while (*text == '\n') text++;
    while (*text) {
        size_t n = block(text), shown = n;
        while (shown > 0 && text[shown - 1] == '\n') shown--;
        bool kept = strncmp(text, "  ", 2) == 0;
        fputs(kept ? "<pre tabindex=\"0\">" : "<p>", to);
        prose_write(to, text, shown, PROSE_HTML);
        fputs(kept ? "</pre>\n" : "</p>\n", to);
        text += n;
        while (*text == '\n') text++;
    }
}

void html_anchor(FILE *to, const char *text) {
    for (; *text; text++) fputc(*text == '/' ? '-' : *text, to);
}

void html_number(FILE *to, double x) {
    if (isnan(x))
        fputs("–", to);
    else
        fprintf(to, "%s%.4g", x < 0 ? "−" : "", fabs(x));
}

void html_number_cell(FILE *to, double x) {
    fputs("<td class=\"num\">", to);
    html_number(to, x);
    fputs("</td>", to);
}
