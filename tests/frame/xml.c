#include "tests/frame/xml.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-:.0123456789"

static const char *entity(const char *p) {
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
    for (size_t i = 0; i < 5; i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0) return p + strlen(known[i]);
    return NULL;
}

/* Past characters and entities up to one of `stop`, or NULL. */
static const char *text_until(const char *p, char stop) {
    while (p && *p && *p != stop) {
        if (*p == '<' || ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')) return NULL;
        p = *p == '&' ? entity(p) : p + 1;
    }
    return p;
}

static const char *attributes(const char *p) {
    while (p && *p == ' ') {
        p += strspn(p, " ");
        size_t n = strspn(p, NAME);
        if (n == 0) return p;
        p += n;
        if (p[0] != '=' || p[1] != '"') return NULL;
        p = text_until(p + 2, '"');
        if (p && *p++ != '"') return NULL;
    }
    return p;
}

bool xml_well_formed(const char *text, char *complaint, size_t size) {
    const char *open[20];
    size_t lengths[20], depth = 0, roots = 0;
    const char *p = text, *at = text;
    json_t *utf8 = json_string(text); /* NULL where it is no UTF-8 */
    json_decref(utf8);
    if (!utf8) {
        snprintf(complaint, size, "no UTF-8");
        return false;
    }
    if (strncmp(p, "<?xml ", 6) == 0) p = strstr(p, "?>") ? strstr(p, "?>") + 2 : NULL;
    while (p && *p) {
        at = p;
        p = text_until(p, '<');
        if (!p || !*p) break;
        if (depth == 0 && strspn(at, " \n") < (size_t)(p - at)) p = NULL;
        if (!p) break;
        at = p;
        bool closing = p[1] == '/';
        const char *name = p + 1 + closing;
        size_t n = strspn(name, NAME);
        p = name + n;
        if (closing) {
            bool matches = depth > 0 && lengths[depth - 1] == n &&
                           strncmp(open[depth - 1], name, n) == 0 && *p == '>';
            p = matches ? p + 1 : NULL;
            depth -= matches;
            continue;
        }
        roots += depth == 0;
        p = n && depth < 20 && roots == 1 ? attributes(p) : NULL;
        if (p && p[0] == '/' && p[1] == '>') {
            p += 2;
        } else if (p && *p == '>') {
            open[depth] = name, lengths[depth++] = n;
            p++;
        } else {
            p = NULL;
        }
    }
    if (p && depth == 0 && roots == 1) return true;
    snprintf(complaint, size, "not well-formed at: %.100s", at);
    return false;
}
