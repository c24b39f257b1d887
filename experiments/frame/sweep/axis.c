#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *axis_number(struct attndyn_context *ctx, const struct param *param, double x) {
    if (param->type == PARAM_INT) return attndyn_format(ctx, "%.0f", x);
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    return attndyn_strdup(ctx, text);
}

static enum attndyn_status bad(struct attndyn_context *ctx, const struct param *param,
                               const char *text, const char *why) {
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s=%.60s: %s (axes are v1,v2 or a:b or a:b:step or "
                        "lin:a:b:n or log:a:b:n)",
                        param->name, text, why);
}

static enum attndyn_status add(struct attndyn_context *ctx, struct axis *axis, char *value) {
    if (!value) return ATTNDYN_NO_MEMORY;
    if ((axis->count & (axis->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = axis->count ? 2 * axis->count : 1;
        char **larger = attndyn_resize(ctx, axis->values, axis->count, room, sizeof *larger);
        if (!larger) return ATTNDYN_NO_MEMORY;
        axis->values = larger;
    }
    axis->values[axis->count++] = value;
    return ATTNDYN_OK;
}

/* Up to 4 numbers separated by colons. */
static bool numbers(const char *text, double *x, int *count) {
    *count = 0;
    for (;;) {
        char *end;
        if (*count == 4 || strspn(text, "+-.0123456789") == 0) return false;
        x[*count] = strtod(text, &end);
        if (end == text || !isfinite(x[(*count)++])) return false;
        if (*end == '\0') return true;
        if (*end != ':') return false;
        text = end + 1;
    }
}

static enum attndyn_status list(struct attndyn_context *ctx, const struct param *param,
                                const char *text, struct axis *axis) {
    char separator = param->type == PARAM_REALS ? ';' : ',';
    for (const char *from = text;;) {
        const char *end = strchr(from, separator);
        size_t n = end ? (size_t)(end - from) : strlen(from);
        if (n == 0 && (end || from != text)) return bad(ctx, param, text, "an empty value");
        char *value = attndyn_alloc(ctx, n + 1, 1);
        if (!value) return ATTNDYN_NO_MEMORY;
        memcpy(value, from, n);
        ATTNDYN_TRY(add(ctx, axis, value));
        if (!end) return ATTNDYN_OK;
        from = end + 1;
    }
}

static enum attndyn_status spaced(struct attndyn_context *ctx, const struct param *param,
                                  const char *text, const double *x, bool logarithmic,
                                  struct axis *axis) {
    if (x[2] != floor(x[2]) || x[2] < 2 || x[2] > SWEEP_RUNS_MAX)
        return bad(ctx, param, text, "n must be an integer >= 2");
    if (logarithmic && (x[0] <= 0 || x[1] <= 0))
        return bad(ctx, param, text, "a logarithmic axis needs positive ends");
    size_t n = (size_t)x[2];
    double before = NAN;
    for (size_t i = 0; i < n; i++) {
        double s = (double)i / (double)(n - 1);
        double v = logarithmic ? x[0] * pow(x[1] / x[0], s) : x[0] + (x[1] - x[0]) * s;
        if (i == 0) v = x[0];
        if (i == n - 1) v = x[1];
        /* 12 digits: 0.1, not 0.10000000000000001 from the power */
        char rounded[40];
        snprintf(rounded, sizeof rounded, "%.12g", v);
        v = strtod(rounded, NULL);
        if (param->type == PARAM_INT) v = round(v);
        if (v == before) return bad(ctx, param, text, "rounding makes two values equal; lower n");
        before = v;
        ATTNDYN_TRY(add(ctx, axis, axis_number(ctx, param, v)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status stepped(struct attndyn_context *ctx, const struct param *param,
                                   const char *text, double a, double b, double step,
                                   struct axis *axis) {
    if (step == 0 || (b - a) / step < 0)
        return bad(ctx, param, text, "the step must lead from a to b");
    if (param->type == PARAM_INT && (a != floor(a) || step != floor(step)))
        return bad(ctx, param, text, "this parameter takes integers");
    double count = floor((b - a) / step * (1 + 1e-12)) + 1;
    if (count > SWEEP_RUNS_MAX) return bad(ctx, param, text, "more than 10,000,000 values");
    for (double i = 0; i < count; i++) {
        char rounded[40];
        snprintf(rounded, sizeof rounded, "%.12g", a + i * step);
        ATTNDYN_TRY(add(ctx, axis, axis_number(ctx, param, strtod(rounded, NULL))));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status interval(struct attndyn_context *ctx, const struct param *param,
                                    const char *text, const double *x, bool logarithmic,
                                    struct axis *axis) {
    if (!(x[0] < x[1])) return bad(ctx, param, text, "an interval needs a < b");
    if (logarithmic && x[0] <= 0) return bad(ctx, param, text, "a logarithm needs a > 0");
    axis->interval = true;
    axis->logarithmic = logarithmic;
    axis->low = x[0];
    axis->high = x[1];
    return ATTNDYN_OK;
}

enum attndyn_status axis_parse(struct attndyn_context *ctx, const struct param *param,
                               const char *text, bool sampling, struct axis *axis) {
    bool numeric = param->type == PARAM_INT || param->type == PARAM_REAL;
    if (!numeric || !strchr(text, ':')) return list(ctx, param, text, axis);
    bool logarithmic = strncmp(text, "log:", 4) == 0, linear = strncmp(text, "lin:", 4) == 0;
    double x[4];
    int count;
    if (!numbers(logarithmic || linear ? text + 4 : text, x, &count))
        return bad(ctx, param, text, "no such range");
    if (sampling && count == 2) return interval(ctx, param, text, x, logarithmic, axis);
    if (logarithmic || linear) {
        if (count != 3) return bad(ctx, param, text, "lin: and log: take a:b:n");
        return spaced(ctx, param, text, x, logarithmic, axis);
    }
    if (count == 2) return stepped(ctx, param, text, x[0], x[1], x[0] <= x[1] ? 1 : -1, axis);
    if (count == 3) return stepped(ctx, param, text, x[0], x[1], x[2], axis);
    return bad(ctx, param, text, "a range takes a:b or a:b:step");
}
