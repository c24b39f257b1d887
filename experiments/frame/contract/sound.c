#include "sound.h"

#include "conditions.h"

#include <string.h>

static bool has_quick(const struct experiment *e) {
    for (const struct preset *p = e->presets; p && p->name; p++)
        if (strcmp(p->name, "quick") == 0) return true;
    return false;
}

/* A table, preset or figure that stands twice would hide the other; NULL: none does. */
static const char *repeated(const struct experiment *e) {
    for (const struct table *a = e->tables; a && a->name; a++)
        for (const struct table *b = e->tables; b < a; b++)
            if (strcmp(a->name, b->name) == 0) return a->name;
    for (const struct preset *a = e->presets; a && a->name; a++)
        for (const struct preset *b = e->presets; b < a; b++)
            if (strcmp(a->name, b->name) == 0) return a->name;
    for (const struct figure *a = e->figures; a && a->name; a++)
        for (const struct figure *b = e->figures; b < a; b++)
            if (strcmp(a->name, b->name) == 0) return a->name;
    return NULL;
}

/* The first setting of a preset whose key is no parameter; NULL: there is none. */
static const char *misspelt(const struct experiment *e, const char *settings) {
    for (const char *at = settings; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        const size_t n = strcspn(at, "= ");
        const struct param *p = e->params;
        while (p && p->name && (strlen(p->name) != n || strncmp(p->name, at, n) != 0)) p++;
        if (!p || !p->name) return at;
    }
    return NULL;
}

/* {bound} and {percent} where the check has a bound, {beside} where it has a second one, and no
 * other word in braces. */
static bool fills(const struct check *c, const char *sentence) {
    for (const char *at = sentence ? strchr(sentence, '{') : NULL; at; at = strchr(at + 1, '{')) {
        const size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz");
        const bool index = at > sentence && (at[-1] == '^' || at[-1] == '_'); /* e^{sx} */
        if (index || n < 2 || at[n + 1] != '}') continue;
        const bool second = strncmp(at, "{beside}", 8) == 0;
        if (!second && strncmp(at, "{bound}", 7) != 0 && strncmp(at, "{percent}", 9) != 0)
            return false;
        if ((second ? c->beside : c->bound) == 0) return false;
    }
    return true;
}

static enum attndyn_status twice(struct attndyn_context *ctx, const struct experiment *const *all,
                                 size_t i, const struct check *c) {
    for (size_t k = 0; k <= i; k++)
        EACH_CHECK (all[k], d)
            if (c != d && strcmp(c->id, d->id) == 0)
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "the check id '%s' stands twice: in '%s' and in '%s'", c->id,
                                    all[k]->id, all[i]->id);
    return ATTNDYN_OK;
}

enum attndyn_status sound_check(struct attndyn_context *ctx, const struct experiment *const *all,
                                const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct experiment *e = all[i];
        if (strcmp(e->id, paths[i]) != 0)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "experiment '%s' stands at the path of '%s': its .id must be that",
                                e->id, paths[i]);
        if (!has_quick(e))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "experiment '%s' has no preset named quick: verify, report and the "
                                "tests run it",
                                e->id);
        if (repeated(e))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "%s: a table, preset or figure named %s stands twice", e->id,
                                repeated(e));
        for (const struct preset *p = e->presets; p->name; p++) {
            const char *at = misspelt(e, p->settings);
            if (at)
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "%s: its preset %s sets '%.*s': there is no such parameter",
                                    e->id, p->name, (int)strcspn(at, "= "), at);
        }
        for (const struct param *p = e->params; p && p->name; p++)
            ATTNDYN_TRY(condition_sound(ctx, e, p));
        EACH_CHECK (e, c) {
            ATTNDYN_TRY(twice(ctx, all, i, c));
            if (!fills(c, c->statement) || !fills(c, c->fails_if))
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "check '%s' of '%s': expected {bound}, {percent} or {beside} "
                                    "in its sentences, and a .bound or .beside that they stand "
                                    "for",
                                    c->id, e->id);
        }
    }
    return ATTNDYN_OK;
}
