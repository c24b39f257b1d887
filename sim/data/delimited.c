#include "delimited.h"

#include "corpus.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attndyn_status attndyn_delimited_fail(struct attndyn_delimited *table, const char *format,
                                           ...) {
    char words[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return attndyn_fail(table->ctx, ATTNDYN_NO_INPUT, "%s:%zu: %s (byte %zu)", table->origin,
                        table->line, words, table->byte);
}

struct attndyn_delimited *attndyn_delimited_at(struct attndyn_delimited *table, const char *at) {
    table->byte = (size_t)(at - table->begin);
    return table;
}

/* Fails at a place within the record. */
static enum attndyn_status fail_at(struct attndyn_delimited *table, const char *at,
                                   const char *words) {
    return attndyn_delimited_fail(attndyn_delimited_at(table, at), "%s", words);
}

static enum attndyn_status be_text(struct attndyn_delimited *table, size_t length) {
    const char *text = table->begin;
    table->line = 1;
    if (length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return fail_at(table, text, "UTF-16: save it as CSV in UTF-8");
    for (size_t valid; length > 0; text++, length--) {
        valid = attndyn_utf8_valid_prefix(text, length);
        const char *nul = memchr(text, '\0', valid);
        if (!nul && valid == length) return ATTNDYN_OK;
        const char *bad = nul ? nul : text + valid;
        for (const char *c = table->begin; c < bad; c++) table->line += *c == '\n';
        if (nul) return fail_at(table, bad, "a NUL byte: no text file");
        table->byte = (size_t)(bad - table->begin);
        return attndyn_delimited_fail(table, "no UTF-8 (0x%02X): save it as CSV in UTF-8",
                                      (unsigned)(unsigned char)*bad);
    }
    return ATTNDYN_OK;
}

static bool line_ends(char c) {
    return c == '\n' || c == '\r' || c == '\0';
}

/* Behind a line end, which may be two bytes. */
static char *behind_line(char *at) {
    if (*at == '\0') return at;
    return at + (at[0] == '\r' && at[1] == '\n' ? 2 : 1);
}

static char most_of(const char *line) {
    size_t commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (; *line && (quoted || !line_ends(*line)); line++) {
        quoted ^= *line == '"';
        if (quoted) continue;
        commas += *line == ',';
        semicolons += *line == ';';
        tabs += *line == '\t';
    }
    if (semicolons > commas && semicolons >= tabs) return ';';
    return tabs > commas ? '\t' : ',';
}

enum attndyn_status attndyn_delimited_begin(struct attndyn_context *ctx, const char *origin,
                                            char *text, size_t length,
                                            struct attndyn_delimited *table) {
    *table = (struct attndyn_delimited){
        .ctx = ctx, .origin = origin, .begin = text, .at = text, .next_line = 1};
    ATTNDYN_TRY(be_text(table, length));
    if (strncmp(table->at, "\xEF\xBB\xBF", 3) == 0) table->at += 3;
    if (strncmp(table->at, "sep=", 4) == 0 && table->at[4] && line_ends(table->at[5])) {
        table->separator = table->at[4];
        table->at = behind_line(table->at + 5);
        table->next_line++;
        return ATTNDYN_OK;
    }
    table->separator = most_of(table->at);
    return ATTNDYN_OK;
}

/* The quoted text, in place; leaves at on what follows the closing quote and blanks. */
static enum attndyn_status quoted_field(struct attndyn_delimited *t, char *open, char **field) {
    char *out = *field = open;
    for (t->at = open + 1;; t->at++) {
        if (*t->at == '\0') return fail_at(t, open, "a quoted field has no end");
        if (*t->at == '"' && *++t->at != '"') break;
        if (*t->at == '\n' || (*t->at == '\r' && t->at[1] != '\n')) t->next_line++;
        *out++ = *t->at;
    }
    while (*t->at == ' ') t->at++;
    if (*t->at != t->separator && !line_ends(*t->at))
        return fail_at(t, t->at, "text after the closing quote of a field");
    *out = '\0'; /* at most at the closing quote: what ended the field is still there */
    return ATTNDYN_OK;
}

static enum attndyn_status field_at(struct attndyn_delimited *t, char **field) {
    char *from = t->at;
    while (*from == ' ') from++;
    if (*from == '"') return quoted_field(t, from, field);
    *field = t->at;
    while (*t->at != t->separator && !line_ends(*t->at)) {
        if (*t->at == '"') return fail_at(t, t->at, "a quote inside an unquoted field");
        t->at++;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status record_at(struct attndyn_delimited *t, bool *empty) {
    t->line = t->next_line;
    t->byte = (size_t)(t->at - t->begin);
    t->count = 0;
    *empty = true;
    for (bool last = false; !last;) {
        ATTNDYN_GROW(t->ctx, t->fields, t->count, t->room, 8);
        char **field = &t->fields[t->count++];
        ATTNDYN_TRY(field_at(t, field));
        char *end = t->at;
        last = *end != t->separator;
        t->at = last ? behind_line(end) : end + 1;
        *end = '\0';
        *empty = *empty && **field == '\0';
    }
    t->next_line++;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_delimited_next(struct attndyn_delimited *t) {
    bool empty = true;
    while (empty && *t->at) ATTNDYN_TRY(record_at(t, &empty));
    if (empty) t->count = 0;
    return ATTNDYN_OK;
}

bool attndyn_delimited_number(const struct attndyn_delimited *table, const char *field, double *x) {
    char written[64];
    field += strspn(field, " ");
    size_t n = strlen(field);
    while (n > 0 && field[n - 1] == ' ') n--;
    if (n == 0 || n >= sizeof written || strspn(field, "+-.,0123456789eE") != n) return false;
    memcpy(written, field, n);
    written[n] = '\0';
    char *comma = strchr(written, ',');
    if (comma && (table->separator == ',' || strchr(written, '.'))) return false;
    if (comma) *comma = '.';
    char *end;
    errno = 0;
    *x = strtod(written, &end);
    return *end == '\0' && errno != ERANGE && isfinite(*x);
}
