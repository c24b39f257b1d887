#include "axis.h"

#include "experiments/frame/contract/quote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number of a range, as it was written. */
struct end {
    double x;
    long n;       /* of a parameter that takes integers */
    bool whole;   /* it is one */
    int decimals; /* behind the point */
};

static const char no_integers[] = "this parameter takes integers up to 9e18";

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
        ATTNDYN_RESIZE(ctx, axis->values, axis->count, room);
    }
    axis->values[axis->count++] = value;
    return ATTNDYN_OK;
}

/* "1.25e-3" has five decimals. */
static int decimals_of(const char *text, const char *end) {
    int decimals = 0;
    const char *at = text;
    while (at < end && *at != '.' && *at != 'e' && *at != 'E') at++;
    if (at < end && *at == '.')
        for (at++; at < end && *at != 'e' && *at != 'E'; at++) decimals++;
    long exponent = at < end ? strtol(at + 1, NULL, 10) : 0;
    if (exponent > 400 || exponent < -400) exponent = exponent > 0 ? 400 : -400;
    decimals -= (int)exponent;
    return decimals > 0 ? decimals : 0;
}

/* Up to 4 numbers separated by colons. */
static bool numbers(const char *text, struct end *ends, int *count) {
    for (*count = 0; *count < 4; text++) {
        const char *end = text + strcspn(text, ":");
        struct end *e = &ends[(*count)++];
        if (!params_read_number(text, end, &e->x)) return false;
        e->whole = params_read_integer(text, end, &e->n);
        e->decimals = decimals_of(text, end);
        text = end;
        if (*text == '\0') return true;
    }
    return false;
}

static enum attndyn_status list(struct attndyn_context *ctx, const struct param *param,
                                const char *text, struct axis *axis) {
    char separator = param->type == PARAM_REALS ? ';' : ',';
    const char *at = text;
    for (bool last = false; !last;) {
        const char *from = at;
        char *value;
        enum attndyn_status status = quote_take(ctx, &at, separator, &value, &last);
        if (status) return attndyn_fail_while(ctx, status, "%s=%.60s", param->name, text);
        if (*value == '\0' && *from != '"' && (!last || from != text))
            return bad(ctx, param, text, "an empty value");
        ATTNDYN_TRY(add(ctx, axis, value));
    }
    return ATTNDYN_OK;
}

static char *integer_text(struct attndyn_context *ctx, long n) {
    return attndyn_format(ctx, "%ld", n);
}

/* Rounded to so many decimals; unrounded if a double has fewer. */
static char *rounded_text(struct attndyn_context *ctx, long double x, int decimals) {
    if (decimals > 320 || fabsl(x) > 1e17L) return params_number(ctx, (double)x);
    char text[400];
    snprintf(text, sizeof text, "%.*Lf", decimals, x);
    return params_number(ctx, strtod(text, NULL));
}

/* Behind a neighbour that differs; NULL: there was no memory for it. */
static enum attndyn_status add_apart(struct attndyn_context *ctx, const struct param *param,
                                     const char *text, char *value, struct axis *axis) {
    if (!value) return ATTNDYN_NO_MEMORY;
    if (axis->count > 0 && strcmp(value, axis->values[axis->count - 1]) == 0)
        return bad(ctx, param, text, "rounding makes two values equal; lower n");
    return add(ctx, axis, value);
}

static enum attndyn_status spaced_integers(struct attndyn_context *ctx, const struct param *param,
                                           const char *text, const struct end *ends, size_t n,
                                           bool logarithmic, struct axis *axis) {
    const long double a = ends[0].n, b = ends[1].n;
    for (size_t i = 0; i < n; i++) {
        long double s = (long double)i / (long double)(n - 1);
        long double x = logarithmic ? a * powl(b / a, s) : a + (b - a) * s;
        long v = i == 0 ? ends[0].n : i == n - 1 ? ends[1].n : (long)roundl(x);
        ATTNDYN_TRY(add_apart(ctx, param, text, integer_text(ctx, v), axis));
    }
    return ATTNDYN_OK;
}

/* Values between the ends are rounded: on a linear axis to 15 digits of the larger end, on a
 * logarithmic one to 12 digits of their own, so that 0.1 does not read 0.10000000000000001. Where
 * rounding would merge neighbours, nothing is rounded. */
static enum attndyn_status spaced_reals(struct attndyn_context *ctx, const struct param *param,
                                        const char *text, const struct end *ends, size_t n,
                                        bool logarithmic, struct axis *axis) {
    const double a = ends[0].x, b = ends[1].x, most = fmax(fabs(a), fabs(b));
    const int decimals = most > 0 ? 14 - (int)floor(log10(most)) : 0;
    bool fine = logarithmic && fabs(log(b / a)) / (double)(n - 1) < 1e-8;
    for (size_t i = 0; i < n; i++) {
        long double s = (long double)i / (long double)(n - 1);
        char digits[40], *value;
        if (i == 0 || i == n - 1) {
            value = params_number(ctx, ends[i > 0].x);
        } else if (logarithmic) {
            long double x = a * powl((long double)b / a, s);
            snprintf(digits, sizeof digits, fine ? "%.17Lg" : "%.12Lg", x);
            value = params_number(ctx, strtod(digits, NULL));
        } else
            value = rounded_text(ctx, a + ((long double)b - a) * s, decimals > 0 ? decimals : 0);
        ATTNDYN_TRY(add_apart(ctx, param, text, value, axis));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status spaced(struct attndyn_context *ctx, const struct param *param,
                                  const char *text, const struct end *ends, bool logarithmic,
                                  struct axis *axis) {
    if (!ends[2].whole || ends[2].n < 2 || ends[2].n > SWEEP_RUNS_MAX)
        return bad(ctx, param, text, "n must be an integer >= 2");
    if (logarithmic && (ends[0].x <= 0 || ends[1].x <= 0))
        return bad(ctx, param, text, "a logarithmic axis needs positive ends");
    size_t n = (size_t)ends[2].n;
    if (param->type != PARAM_INT) return spaced_reals(ctx, param, text, ends, n, logarithmic, axis);
    if (!ends[0].whole || !ends[1].whole) return bad(ctx, param, text, no_integers);
    return spaced_integers(ctx, param, text, ends, n, logarithmic, axis);
}

static enum attndyn_status stepped(struct attndyn_context *ctx, const struct param *param,
                                   const char *text, const struct end *ends, struct end step,
                                   struct axis *axis) {
    const struct end a = ends[0], b = ends[1];
    if (step.x == 0 || (b.x - a.x) / step.x < 0)
        return bad(ctx, param, text, "the step must lead from a to b");
    const bool integers = a.whole && step.whole;
    if (param->type == PARAM_INT && !integers) return bad(ctx, param, text, no_integers);
    long double distance = integers && b.whole ? (long double)b.n - a.n : (long double)b.x - a.x;
    long double count = floorl(distance / step.x * (1 + 1e-12L)) + 1;
    if (count > SWEEP_RUNS_MAX) return bad(ctx, param, text, "more than 10,000,000 values");
    const int decimals = a.decimals > step.decimals ? a.decimals : step.decimals;
    char *value = NULL;
    for (long i = 0; i < (long)count; i++) {
        const long double x = (long double)a.n + (long double)i * (long double)step.n;
        /* The end may lie beyond the largest integer. */
        const unsigned long n = (unsigned long)a.n + (unsigned long)i * (unsigned long)step.n;
        if (integers && fabsl(x) <= 9e18L)
            value = integer_text(ctx, (long)n);
        else if (param->type == PARAM_INT)
            return bad(ctx, param, text, no_integers);
        else
            value = rounded_text(ctx, a.x + (long double)i * step.x, decimals);
        ATTNDYN_TRY(add(ctx, axis, value));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status interval(struct attndyn_context *ctx, const struct param *param,
                                    const char *text, const struct end *ends, bool logarithmic,
                                    struct axis *axis) {
    if (!(ends[0].x < ends[1].x)) return bad(ctx, param, text, "an interval needs a < b");
    if (logarithmic && ends[0].x <= 0) return bad(ctx, param, text, "a logarithm needs a > 0");
    if (param->type == PARAM_INT && (!ends[0].whole || !ends[1].whole))
        return bad(ctx, param, text, no_integers);
    axis->interval = true;
    axis->logarithmic = logarithmic;
    axis->low = ends[0].x;
    axis->high = ends[1].x;
    axis->first = ends[0].n;
    axis->last = ends[1].n;
    return ATTNDYN_OK;
}

char *axis_draw(struct attndyn_context *ctx, const struct param *param, const struct axis *axis,
                double u) {
    if (!axis->interval) return axis->values[(size_t)(u * (double)axis->count) % axis->count];
    if (param->type != PARAM_INT)
        return params_number(ctx, axis->logarithmic ? axis->low * pow(axis->high / axis->low, u)
                                                    : axis->low + (axis->high - axis->low) * u);
    const long double a = axis->first, b = axis->last;
    return integer_text(ctx,
                        (long)roundl(axis->logarithmic ? a * powl(b / a, u) : a + (b - a) * u));
}

enum attndyn_status axis_parse(struct attndyn_context *ctx, const struct param *param,
                               const char *text, bool sampling, struct axis *axis) {
    bool numeric = param->type == PARAM_INT || param->type == PARAM_REAL;
    if (!numeric || !strchr(text, ':')) return list(ctx, param, text, axis);
    bool logarithmic = strncmp(text, "log:", 4) == 0, linear = strncmp(text, "lin:", 4) == 0;
    struct end ends[4];
    int count;
    if (!numbers(logarithmic || linear ? text + 4 : text, ends, &count))
        return bad(ctx, param, text, "no such range");
    if (sampling && count == 2) return interval(ctx, param, text, ends, logarithmic, axis);
    if (logarithmic || linear) {
        if (count != 3) return bad(ctx, param, text, "lin: and log: take a:b:n");
        return spaced(ctx, param, text, ends, logarithmic, axis);
    }
    const struct end one = {
        .x = ends[0].x <= ends[1].x ? 1 : -1, .n = ends[0].x <= ends[1].x ? 1 : -1, .whole = true};
    if (count == 2) return stepped(ctx, param, text, ends, one, axis);
    if (count == 3) return stepped(ctx, param, text, ends, ends[2], axis);
    return bad(ctx, param, text, "a range takes a:b or a:b:step");
}

bool axis_same_value(const char *a, const char *b) {
    if (strcmp(a, b) == 0) return true;
    const char *end_a = a + strlen(a), *end_b = b + strlen(b);
    double x, y;
    long n, m;
    /* Doubles would make neighbours beyond 2^53 equal. */
    if (params_read_integer(a, end_a, &n) && params_read_integer(b, end_b, &m)) return n == m;
    return params_read_number(a, end_a, &x) && params_read_number(b, end_b, &y) && x == y;
}
