#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define NOTE(v, format)                                                                            \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        vsnprintf((v)->note, sizeof(v)->note, format, arguments);                                  \
        va_end(arguments);                                                                         \
    } while (0)

static void judge(struct verdict *v, double measured, const char *relation, double bound) {
    bool at_most = relation[0] == '<';
    v->measured = measured;
    v->bound = bound;
    snprintf(v->relation, sizeof v->relation, "%s", relation);
    v->holds_measured = v->holds_bound = NAN;
    double scale = bound != 0 ? fabs(bound) : 1;
    v->margin = (at_most ? bound - measured : measured - bound) / scale;
    /* An infinite measurement is a measurement that was not made. */
    bool keeps = at_most ? measured <= bound : measured >= bound;
    v->kind = keeps && isfinite(measured) ? VERDICT_HOLDS : VERDICT_FAILS;
}

enum attndyn_status verdict_at_most(struct verdict *v, double measured, double bound,
                                    const char *note, ...) {
    NOTE(v, note);
    judge(v, measured, "<=", bound);
    return ATTNDYN_OK;
}

enum attndyn_status verdict_at_least(struct verdict *v, double measured, double bound,
                                     const char *note, ...) {
    NOTE(v, note);
    judge(v, measured, ">=", bound);
    return ATTNDYN_OK;
}

enum attndyn_status verdict_near(struct verdict *v, double value, double expected, double tolerance,
                                 const char *note, ...) {
    NOTE(v, note);
    judge(v, fabs(value / expected - 1), "<=", tolerance);
    return ATTNDYN_OK;
}

enum attndyn_status verdict_erratum(struct verdict *v, double printed_error, double refuted_from,
                                    double holds_error, double holds_bound, const char *note, ...) {
    NOTE(v, note);
    judge(v, printed_error, ">=", refuted_from);
    v->holds_measured = holds_error;
    v->holds_bound = holds_bound;
    bool corrected = isnan(holds_bound) || holds_error <= holds_bound;
    v->kind = v->kind == VERDICT_HOLDS && corrected ? VERDICT_ERRATUM : VERDICT_FAILS;
    return ATTNDYN_OK;
}

enum attndyn_status verdict_skip(struct verdict *v, const char *why, ...) {
    NOTE(v, why);
    v->kind = VERDICT_SKIPPED;
    v->measured = v->bound = v->margin = v->holds_measured = v->holds_bound = NAN;
    v->relation[0] = '\0';
    return ATTNDYN_OK;
}

const char *verdict_name(enum verdict_kind kind) {
    switch (kind) {
    case VERDICT_HOLDS:
        return "holds";
    case VERDICT_FAILS:
        return "fails";
    case VERDICT_ERRATUM:
        return "erratum confirmed";
    case VERDICT_SKIPPED:
        return "skipped";
    }
    return "?";
}
