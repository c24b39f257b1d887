#include "names.h"

#include <stdio.h>
#include <string.h>

/* "layers.#.norm1" against "layers.12.norm1.weight": the number and the rest, ".weight". */
static bool matches(const char *pattern, const char *name, char number[24], const char **rest) {
    number[0] = '\0';
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (*name++ != *pattern) return false;
            continue;
        }
        size_t digits = strspn(name, "0123456789");
        if (digits == 0 || digits > 20) return false;
        memcpy(number, name, digits);
        number[digits] = '\0';
        name += digits;
    }
    *rest = name;
    return strcmp(name, ".weight") == 0 || strcmp(name, ".bias") == 0;
}

static const struct attndyn_family_tensor plain = {"", "", ATTNDYN_FORM_PLAIN, 0};

/* The decoder stands beside the network that its prefix names, not in it. */
static bool is_bare(const char *ours) {
    return strncmp(ours, "decoder.", 8) == 0;
}

const struct attndyn_family_tensor *attndyn_foreign_name(const struct attndyn_family *family,
                                                         const char *ours, bool prefixed,
                                                         char name[ATTNDYN_FOREIGN_NAME]) {
    char number[24];
    const char *rest;
    snprintf(name, ATTNDYN_FOREIGN_NAME, "%s", ours);
    if (!family) return &plain;
    for (const struct attndyn_family_tensor *t = family->tensors; t->ours; t++) {
        if (!matches(t->ours, ours, number, &rest)) continue;
        const char *hash = strchr(t->theirs, '#');
        size_t before = hash ? (size_t)(hash - t->theirs) : strlen(t->theirs);
        size_t prefix = prefixed && !is_bare(ours) ? strcspn(family->prefix, "|") : 0;
        snprintf(name, ATTNDYN_FOREIGN_NAME, "%.*s%.*s%s%s%s", (int)prefix, family->prefix,
                 (int)before, t->theirs, hash ? number : "", hash ? hash + 1 : "", rest);
        return t;
    }
    return NULL;
}
