#include "known.h"

#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "sim/base/file.h"

#include <ctype.h>
#include <string.h>

/* Cuts one line: *id is NULL where it holds nothing; *reason is the rest. */
static void cut(char *line, char **id, char **reason) {
    while (isspace((unsigned char)*line)) line++;
    *id = *line && *line != '#' ? line : NULL;
    while (*line && !isspace((unsigned char)*line)) line++;
    if (*line) *line++ = '\0';
    while (isspace((unsigned char)*line)) line++;
    for (size_t n = strlen(line); n && isspace((unsigned char)line[n - 1]);) line[--n] = '\0';
    *reason = line;
}

enum attndyn_status known_check(struct attndyn_context *ctx, const char *path) {
    char *text, *id, *reason;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read_text(ctx, path, &text, &length));
    size_t number = 0;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        number++;
        cut(line, &id, &reason);
        if (!id) continue;
        const struct experiment *of;
        if (!registry_check(id, &of)) {
            const char *best = "";
            size_t distance = SIZE_MAX;
            for (size_t e = 0; e < registry_count(); e++)
                EACH_CHECK (registry_at(e), c) names_nearer(id, c->id, &best, &distance);
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%.200s:%zu: there is no check '%.60s'%s", path,
                                number, id, names_hint(&(struct hint){0}, id, best, distance));
        }
        if (!*reason)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%.200s:%zu: %s: expected the reason why its failure is tolerated, "
                                "behind the id",
                                path, number, id);
    }
    return ATTNDYN_OK;
}

enum attndyn_status known_apply(struct attndyn_context *ctx, const char *path, struct run *run) {
    if (!path) return ATTNDYN_OK;
    char *text, *id, *reason;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read_text(ctx, path, &text, &length));
    ATTNDYN_ALLOC(ctx, run->known, run->n_checks);
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        cut(line, &id, &reason);
        for (size_t c = 0; id && c < run->n_checks; c++)
            if (strcmp(run->experiment->checks[c]->id, id) == 0) run->known[c] = reason;
    }
    return ATTNDYN_OK;
}
