#include "conditions.h"

#include <string.h>

/* Can the condition, "KEY=A|B" or "KEY" (it names something), hold for this value of KEY? */
static bool condition_holds(const char *condition, const char *value) {
    const char *end = condition + strcspn(condition, " ");
    const char *equals = memchr(condition, '=', (size_t)(end - condition));
    if (!equals) return *value && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
    for (const char *one = equals + 1;;) {
        const size_t n = strcspn(one, "| ");
        if (strlen(value) == n && strncmp(value, one, n) == 0) return true;
        one += n;
        if (one >= end || *one != '|') return false;
        one++;
    }
}

/* Can this condition hold in some run? (Conditions on different keys are tested separately.) */
static bool one_can_hold(const struct params *params, const char *condition, const char *key,
                         condition_values_fn *values, const void *user) {
    char *const *at = NULL;
    const size_t count = values ? values(user, key, &at) : 0;
    for (size_t v = 0; v < count; v++)
        if (condition_holds(condition, at[v])) return true;
    return count == 0 && condition_holds(condition, param_value_text(params, key));
}

enum attndyn_status condition_check(struct attndyn_context *ctx, const struct params *params,
                                    const struct param *param, condition_values_fn *values,
                                    const void *user) {
    for (const char *at = param->only; at && *at; at += *at == ' ') {
        const size_t length = strcspn(at, " "), name = strcspn(at, "= ");
        char *key = attndyn_format(ctx, "%.*s", (int)name, at);
        if (!key) return ATTNDYN_NO_MEMORY;
        const bool named = name < length, empty = named && name + 1 == length;
        if (!one_can_hold(params, at, key, values, user))
            return attndyn_fail(
                ctx, ATTNDYN_USAGE,
                "%s has no effect with %s=%.60s: it has one %s%.*s%s; leave it out, "
                "or change that",
                param->name, key, param_value_text(params, key), named ? "with " : "where ",
                empty ? (int)name : (int)length, at,
                empty    ? " left empty"
                : !named ? " is given"
                         : "");
        attndyn_free(ctx, key);
        at += length;
    }
    return ATTNDYN_OK;
}

bool condition_met(const struct params *params, const struct param *param) {
    for (const char *at = param->only; at && *at; at += *at == ' ') {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(at, "= "), at);
        if (!condition_holds(at, param_value_text(params, key))) return false;
        at += strcspn(at, " ");
    }
    return true;
}

void condition_put(FILE *to, const char *only) {
    for (const char *at = only; *at; at += *at == ' ') {
        const size_t n = strcspn(at, " "), name = strcspn(at, "= ");
        const bool empty = name + 1 == n;
        fprintf(to, "%s%.*s%s", at == only ? "" : " and ", empty ? (int)name : (int)n, at,
                empty      ? " left empty"
                : name < n ? ""
                           : " given");
        at += n;
    }
}
