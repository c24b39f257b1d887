#include "html.h"

#include "experiments/frame/contract/prose.h"

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

static void text_n(FILE *to, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *e = entity(text[i]);
        if (e)
            fputs(e, to);
        else
            fputc(text[i], to);
    }
}

void html_text(FILE *to, const char *text) {
    text_n(to, text, strlen(text));
}

char *html_escaped(struct attndyn_context *ctx, const char *text, size_t n) {
    size_t longest = strlen("&quot;");
    char *out = ATTNDYN_NEW(ctx, char, n *longest + 1), *end = out;
    for (size_t i = 0; i < n && out; i++) {
        const char *e = entity(text[i]);
        size_t length = e ? strlen(e) : 1;
        memcpy(end, e ? e : &text[i], length);
        end += length;
    }
    return out;
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
