#include "conditions.h"

#include <string.h>

/* One term of a condition: KEY=A|B, KEY= (left empty), or KEY (it names something). */
struct term {
    const char *at;
    int name, length; /* of KEY, and of the whole */
    bool other;       /* "or": the next term may hold in its place */
    const char *next; /* NULL: this is the last one */
};
#define OR " or "

static struct term term_at(const char *at) {
    struct term t = {.at = at, .name = (int)strcspn(at, "= "), .length = (int)strcspn(at, " ")};
    const char *end = at + t.length;
    t.other = strncmp(end, OR, sizeof OR - 1) == 0;
    if (*end) t.next = end + (t.other ? sizeof OR - 1 : 1);
    return t;
}

static bool term_bare(const struct term *t) {
    return t->name == t->length;
}
static bool term_empty(const struct term *t) {
    return t->name + 1 == t->length;
}

static char *term_key(struct attndyn_context *ctx, const struct term *t) {
    return attndyn_format(ctx, "%.*s", t->name, t->at);
}

/* Is text[0..n) among a|b|c? The list ends with a space, or the string. */
static bool among(const char *list, const char *text, size_t n) {
    for (;; list++) {
        const size_t length = strcspn(list, "| ");
        if (length == n && strncmp(list, text, n) == 0) return true;
        list += length;
        if (*list != '|') return false;
    }
}

static bool term_holds(const struct term *t, const char *value) {
    if (term_bare(t)) return *value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
    return among(t->at + t->name + 1, value, strlen(value));
}

/* Can it hold in some run? (Terms on different keys are tested separately.) */
static bool term_can_hold(const struct term *t, const struct params *params, const char *key,
                          condition_values_fn *values, const void *user) {
    char *const *at = NULL;
    const size_t count = values ? values(user, key, &at) : 0;
    for (size_t v = 0; v < count; v++)
        if (term_holds(t, at[v])) return true;
    return count == 0 && term_holds(t, param_value_text(params, key));
}

/* `param` has no effect as none of the terms from `first` to `last` holds. */
static enum attndyn_status refuse(struct attndyn_context *ctx, const struct params *params,
                                  const struct param *param, const char *first, const char *last) {
    char *have = NULL, *wants = NULL;
    for (const char *at = first; at && at <= last;) {
        const struct term t = term_at(at);
        const char *key = term_key(ctx, &t);
        if (!key) return ATTNDYN_NO_MEMORY;
        have = attndyn_format(ctx, "%s%s%s=%.60s", have ? have : "", have ? " and " : "", key,
                              param_value_text(params, key));
        wants = attndyn_format(ctx, "%s%s%s%.*s%s", wants ? wants : "", wants ? OR : "",
                               term_bare(&t) ? "where " : "with ",
                               term_empty(&t) ? t.name : t.length, at,
                               term_empty(&t)  ? " left empty"
                               : term_bare(&t) ? " is given"
                                               : "");
        if (!have || !wants) return ATTNDYN_NO_MEMORY;
        at = t.next;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s has no effect with %s: it has one %s; leave it out, or change that",
                        param->name, have, wants);
}

enum attndyn_status condition_check(struct attndyn_context *ctx, const struct params *params,
                                    const struct param *param, condition_values_fn *values,
                                    const void *user) {
    bool held = false;
    for (const char *at = param->only, *first = at; at;) {
        const struct term t = term_at(at);
        const char *key = term_key(ctx, &t);
        if (!key) return ATTNDYN_NO_MEMORY;
        held = held || term_can_hold(&t, params, key, values, user);
        if (!t.other && !held) return refuse(ctx, params, param, first, at);
        at = t.next;
        if (!t.other) held = false, first = at;
    }
    return ATTNDYN_OK;
}

bool condition_met(const struct params *params, const struct param *param) {
    bool held = false;
    for (const char *at = param->only; at;) {
        const struct term t = term_at(at);
        char key[64];
        snprintf(key, sizeof key, "%.*s", t.name, at);
        held = held || term_holds(&t, param_value_text(params, key));
        if (!t.other && !held) return false;
        if (!t.other) held = false;
        at = t.next;
    }
    return true;
}

void condition_put(FILE *to, const char *only) {
    bool several = false, before = false; /* terms that must all hold; "or" before this one */
    for (const char *at = only; at; at = term_at(at).next)
        several |= term_at(at).next && !term_at(at).other;
    for (const char *at = only; at;) {
        const struct term t = term_at(at);
        fprintf(to, "%s%.*s%s%s", several && t.other && !before ? "(" : "",
                term_empty(&t) ? t.name : t.length, at,
                term_empty(&t)  ? " left empty"
                : term_bare(&t) ? " given"
                                : "",
                several && before && !t.other ? ")" : "");
        if (t.next) fputs(t.other ? OR : " and ", to);
        before = t.other;
        at = t.next;
    }
}

static enum attndyn_status unsound(struct attndyn_context *ctx, const struct experiment *e,
                                   const struct param *param, const struct term *t,
                                   const char *why) {
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "%s: %s has an effect only with '%.*s': %s", e->id,
                        param->name, t->length, t->at, why);
}

enum attndyn_status condition_sound(struct attndyn_context *ctx, const struct experiment *e,
                                    const struct param *param) {
    for (const char *at = param->only; at;) {
        const struct term t = term_at(at);
        const struct param *of = e->params;
        while (of->name &&
               (strlen(of->name) != (size_t)t.name || strncmp(of->name, at, (size_t)t.name) != 0))
            of++;
        if (!of->name) return unsound(ctx, e, param, &t, "there is no such parameter");
        if (of == param) return unsound(ctx, e, param, &t, "that is the parameter itself");
        const char *values = of->type == PARAM_BOOL ? "true|false" : of->choices;
        for (const char *one = at + t.name + 1; values && !term_bare(&t) && one < at + t.length;) {
            const size_t n = strcspn(one, "| ");
            if (!among(values, one, n)) return unsound(ctx, e, param, &t, "it has no such value");
            one += n + 1;
        }
        at = t.next;
    }
    return ATTNDYN_OK;
}
