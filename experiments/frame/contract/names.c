#include "names.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 64 };

size_t names_distance(const char *a, const char *b) {
    size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];
            row[j] = replace < shorter + 1 ? replace : shorter + 1;
        }
    }
    return row[m];
}

void names_nearer(const char *given, const char *candidate, const char **best, size_t *distance) {
    size_t d = names_distance(given, candidate), n = strnlen(given, LONGEST);
    /* Prefer a name that starts with the given text to one that merely looks similar. */
    if (n >= 2 && d > 1 && strncmp(given, candidate, n) == 0) d = 1;
    /* The same for a name given without its family: flow means scansnap/flow. */
    const char *slash = strrchr(candidate, '/');
    if (slash && !strchr(given, '/')) {
        size_t tail = names_distance(given, slash + 1);
        if (tail + 1 < d) d = tail + 1;
    }
    if (d >= *distance) return;
    *distance = d;
    *best = candidate;
}

const char *names_hint(struct hint *room, const char *given, const char *best, size_t distance) {
    size_t n = strnlen(given, LONGEST), most = n / 3 > 2 ? n / 3 : 2;
    if (most >= n) most = n > 1 ? n - 1 : 1;
    room->text[0] = '\0';
    if (best && *best && distance <= most)
        snprintf(room->text, sizeof room->text, "; did you mean '%.80s'?", best);
    return room->text;
}

bool names_next(const char **at, char *name, size_t size) {
    if (!**at) return false;
    size_t length = strcspn(*at, ","), kept = length < size ? length : size - 1;
    memcpy(name, *at, kept);
    name[kept] = '\0';
    *at += length;
    *at += **at == ',';
    return true;
}

bool names_listed(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0')) return true;
    return false;
}
