#include "horizon.h"

#include <stdlib.h>
#include <string.h>

static const struct param *param_of(const struct params *params, const char *line) {
    const size_t length = strcspn(line, " =\n");
    for (const struct param *p = params_experiment(params)->params; p && p->name; p++)
        if (strlen(p->name) == length && strncmp(p->name, line, length) == 0) return p;
    return NULL;
}

static double value_of(const char *line) {
    const char *equals = memchr(line, '=', strcspn(line, "\n"));
    return equals ? strtod(equals + 1, NULL) : 0;
}

enum attndyn_status horizon_compare(struct attndyn_context *ctx, const char *held,
                                    const struct params *wanted, enum horizon *relation,
                                    char **why) {
    char *text;
    ATTNDYN_TRY(params_text(ctx, wanted, &text));
    const char *a = held, *b = text, *reason = "";
    *relation = HORIZON_SAME;
    while (*a && *b) {
        const size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
        if (la != lb || strncmp(a, b, la) != 0) {
            const struct param *p = param_of(wanted, b);
            const bool horizon = p && p == param_of(wanted, a) && p->longer;
            const bool less = horizon && value_of(a) < value_of(b);
            if (less && *p->longer) reason = p->longer;
            if (horizon && !less) reason = "it has gone further";
            if (!less || *reason) break;
            *relation = HORIZON_SHORTER;
        }
        a += la + (a[la] == '\n');
        b += lb + (b[lb] == '\n');
    }
    if (!*a && !*b) return ATTNDYN_OK;
    *relation = HORIZON_OTHER;
    *why =
        attndyn_format(ctx, "it has '%.*s', asked for is '%.*s'%s%s%s", (int)strcspn(a, "\n"), a,
                       (int)strcspn(b, "\n"), b, *reason ? " (" : "", reason, *reason ? ")" : "");
    return *why ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}
