#include "quote.h"

#include <ctype.h>
#include <string.h>

static bool blank(char c) {
    return isspace((unsigned char)c) != 0;
}

/* Starts after the opening quote; *at moves past the closing one. */
static enum attndyn_status quoted(struct attndyn_context *ctx, const char **at, char *to) {
    for (const char *from = *at; *from; from++) {
        if (*from == '"' && *++from != '"') {
            *at = from;
            return ATTNDYN_OK;
        }
        *to++ = *from;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "a quote without an end: \"%.60s", *at);
}

enum attndyn_status quote_take(struct attndyn_context *ctx, const char **at, char separator,
                               char **value, bool *last) {
    const char *from = *at;
    while (blank(*from)) from++;
    /* Allocate only what the value needs: a list may have hundreds of thousands of values. */
    size_t room = 0;
    if (*from == '"')
        for (room = 1; from[room] && (from[room] != '"' || from[++room] == '"');) room++;
    else
        while (from[room] && (separator == '\0' || from[room] != separator)) room++;
    char *text = *value = attndyn_alloc(ctx, room + 1, 1);
    if (!text) return ATTNDYN_NO_MEMORY;
    if (*from == '"') {
        from++;
        ATTNDYN_TRY(quoted(ctx, &from, text));
        while (blank(*from)) from++;
        if (*from && (*from != separator))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "text behind a closing quote: %.60s (a quote within quotes is "
                                "written twice)",
                                from);
    } else {
        size_t n = 0;
        while (from[n] && (separator == '\0' || from[n] != separator)) n++;
        memcpy(text, from, n);
        from += n;
        while (n > 0 && blank(text[n - 1])) n--;
        text[n] = '\0';
    }
    *last = *from == '\0';
    *at = *last ? from : from + 1;
    return ATTNDYN_OK;
}

void quote_uncomment(char *line) {
    bool within = false;
    for (char *c = line; *c; c++) {
        if (*c == '"') within = !within; /* a doubled quote opens again at once */
        if (*c != '#' || within || (c > line && !blank(c[-1]))) continue;
        *c = '\0';
        return;
    }
}

/* Does the value contain something that would be read as a comment? */
static bool comments(const char *value) {
    for (const char *c = value; (c = strchr(c, '#')); c++)
        if (c == value || blank(c[-1])) return true;
    return false;
}

char *quote_put(struct attndyn_context *ctx, const char *value, char separator) {
    size_t n = strlen(value);
    bool needed = n > 0 && (value[0] == '"' || comments(value) || blank(value[0]) ||
                            blank(value[n - 1]) || (separator && strchr(value, separator)));
    if (!needed) return attndyn_strdup(ctx, value);
    char *text = attndyn_alloc(ctx, 2 * n + 3, 1), *to = text;
    if (!text) return NULL;
    *to++ = '"';
    for (; *value; *to++ = *value++)
        if (*value == '"') *to++ = '"';
    *to = '"';
    return text;
}

char *quote_plain(struct attndyn_context *ctx, const char *assignment) {
    const char *equals = strchr(assignment, '='), *from = equals ? equals + 1 : "";
    char *value;
    bool last;
    if (*from == '"' && quote_take(ctx, &from, '\0', &value, &last) == ATTNDYN_OK)
        return attndyn_format(ctx, "%.*s%s", (int)(equals + 1 - assignment), assignment, value);
    attndyn_message_clear(ctx);
    return attndyn_strdup(ctx, assignment);
}
