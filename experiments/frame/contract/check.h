/* Verdicts. Every check calls exactly one of these; all of them fail on a value that is not
 * finite, but for NOTHING_YET. */
#ifndef FRAME_CONTRACT_CHECK_H
#define FRAME_CONTRACT_CHECK_H

#include "experiment.h"

#include <math.h>

/* What a largest value is before any number was looked at; INFINITY is that of a smallest. A
 * verdict on it is skipped: a claim that saw nothing does not hold. */
#define NOTHING_YET (-INFINITY)

/* holds iff measured <= bound (bound >= 0, measured a magnitude). note: printf-style evidence. */
enum attndyn_status verdict_at_most(struct verdict *v, double measured, double bound,
                                    const char *note, ...) __attribute__((format(printf, 4, 5)));
/* holds iff measured >= bound. */
enum attndyn_status verdict_at_least(struct verdict *v, double measured, double bound,
                                     const char *note, ...) __attribute__((format(printf, 4, 5)));
/* holds iff |value/expected - 1| <= tolerance; measured becomes that deviation. */
enum attndyn_status verdict_near(struct verdict *v, double value, double expected, double tolerance,
                                 const char *note, ...) __attribute__((format(printf, 5, 6)));
/* A claim that sets one case against another: holds iff the one measures at least `bound` and what
 * stands beside it (the control, the other case) at most `beside_bound`. */
enum attndyn_status verdict_contrast(struct verdict *v, double measured, double bound,
                                     double beside, double beside_bound, const char *note, ...)
    __attribute__((format(printf, 6, 7)));
/* A printed formula is refuted: its error must be at least `refuted_from`, while the form that
 * holds errs at most `holds_bound` (NaN, NaN: there is no corrected form to measure). */
enum attndyn_status verdict_erratum(struct verdict *v, double printed_error, double refuted_from,
                                    double holds_error, double holds_bound, const char *note, ...)
    __attribute__((format(printf, 6, 7)));
/* The check cannot be decided by these results (other model, other data): gives the reason. */
enum attndyn_status verdict_skip(struct verdict *v, const char *why, ...)
    __attribute__((format(printf, 2, 3)));
/* There is no run to judge: it broke, or was not reached. */
enum attndyn_status verdict_unjudged(struct verdict *v, const char *why, ...)
    __attribute__((format(printf, 2, 3)));

/* Turns a missing verdict (skipped, outside) into a failure with a reason, where one is
 * required. */
void verdict_demand(struct verdict *v);

/* Judges the verdict anew with its bounds made looser (scale > 1) or tighter (scale < 1): a bound
 * from above is multiplied by scale where it is positive and divided where it is negative, a bound
 * from below the other way round; 0 stays 0. Of an erratum, the bound from which the printed form
 * is refuted and the bound of the form that holds both move. A skipped check stays skipped. */
void verdict_scale(struct verdict *v, double scale);

const char *verdict_name(enum verdict_kind kind);

/* The sentences of a check with its bound filled in. They are either the check's own or stored in
 * *room. */
struct sentence {
    char text[1500];
};
const char *check_statement(const struct check *check, struct sentence *room);
const char *check_fails_if(const struct check *check, struct sentence *room);
/* Of its statement, where it refers to one. */
const char *check_source(const struct check *check);
enum origin check_origin(const struct check *check);

/* A verdict whose statement has a hypothesis that v->facts do not meet becomes `outside`; the note
 * then begins with the hypothesis and what was looked at. */
void verdict_inside(struct verdict *v, const struct check *check);

#endif
