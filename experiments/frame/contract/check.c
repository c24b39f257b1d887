#include "check.h"

#include "greek.h"
#include "plural.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cut a note only between UTF-8 characters. */
static void end_on_a_character(char *note, size_t size) {
    size_t n = strlen(note), tail = 0;
    if (n + 1 < size) return;
    while (tail < 3 && tail < n && ((unsigned char)note[n - 1 - tail] & 0xC0) == 0x80) tail++;
    if (tail >= n) return;
    unsigned char lead = (unsigned char)note[n - 1 - tail];
    size_t wants = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (wants > tail) note[n - 1 - tail] = '\0';
}

#define NOTE(v, format)                                                                            \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        vsnprintf((v)->note, sizeof(v)->note, format, arguments);                                  \
        va_end(arguments);                                                                         \
        end_on_a_character((v)->note, sizeof(v)->note);                                            \
        plural_set((v)->note);                                                                     \
    } while (0)

static void judge(struct verdict *v, double measured, const char *relation, double bound) {
    bool at_most = relation[0] == '<';
    v->measured = measured;
    v->bound = bound;
    snprintf(v->relation, sizeof v->relation, "%s", relation);
    v->holds_measured = v->holds_bound = NAN;
    v->refutes = false;
    double scale = bound != 0 ? fabs(bound) : 1;
    v->margin = (at_most ? bound - measured : measured - bound) / scale;
    /* An infinite value counts as not measured. */
    bool keeps = at_most ? measured <= bound : measured >= bound;
    v->kind = keeps && isfinite(measured) ? VERDICT_HOLDS : VERDICT_FAILS;
}

static void judge_erratum(struct verdict *v, double printed_error, double refuted_from,
                          double holds_error, double holds_bound) {
    judge(v, printed_error, ">=", refuted_from);
    v->refutes = true;
    v->holds_measured = holds_error;
    v->holds_bound = holds_bound;
    bool corrected = isnan(holds_bound) || holds_error <= holds_bound;
    v->kind = v->kind == VERDICT_HOLDS && corrected ? VERDICT_ERRATUM : VERDICT_FAILS;
}

static void judge_contrast(struct verdict *v, double measured, double bound, double beside,
                           double beside_bound) {
    judge(v, measured, ">=", bound);
    v->holds_measured = beside;
    v->holds_bound = beside_bound;
    if (!(beside <= beside_bound)) v->kind = VERDICT_FAILS;
}

static enum attndyn_status without_numbers(struct verdict *v, enum verdict_kind kind) {
    v->kind = kind;
    v->measured = v->bound = v->margin = v->holds_measured = v->holds_bound = NAN;
    v->relation[0] = '\0';
    return ATTNDYN_OK;
}

enum attndyn_status verdict_skip(struct verdict *v, const char *why, ...) {
    NOTE(v, why);
    return without_numbers(v, VERDICT_SKIPPED);
}

/* No row, or no number in it, was of the kind that the check judges. */
static enum attndyn_status saw_nothing(struct verdict *v) {
    return verdict_skip(v, "no number of the kind that it judges");
}

enum attndyn_status verdict_at_most(struct verdict *v, double measured, double bound,
                                    const char *note, ...) {
    NOTE(v, note);
    judge(v, measured, "<=", bound);
    return measured == NOTHING_YET ? saw_nothing(v) : ATTNDYN_OK;
}

enum attndyn_status verdict_at_least(struct verdict *v, double measured, double bound,
                                     const char *note, ...) {
    NOTE(v, note);
    judge(v, measured, ">=", bound);
    return measured == INFINITY ? saw_nothing(v) : ATTNDYN_OK;
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
    judge_erratum(v, printed_error, refuted_from, holds_error, holds_bound);
    return printed_error == NOTHING_YET || holds_error == NOTHING_YET ? saw_nothing(v) : ATTNDYN_OK;
}

enum attndyn_status verdict_contrast(struct verdict *v, double measured, double bound,
                                     double beside, double beside_bound, const char *note, ...) {
    NOTE(v, note);
    judge_contrast(v, measured, bound, beside, beside_bound);
    return measured == INFINITY || beside == NOTHING_YET ? saw_nothing(v) : ATTNDYN_OK;
}

enum attndyn_status verdict_unjudged(struct verdict *v, const char *why, ...) {
    NOTE(v, why);
    v->facts = facts_unknown();
    return without_numbers(v, VERDICT_UNJUDGED);
}

void verdict_demand(struct verdict *v) {
    if (v->kind != VERDICT_SKIPPED && v->kind != VERDICT_OUTSIDE) return;
    char whole[sizeof v->note + 80];
    snprintf(whole, sizeof whole, "%s, but this preset has to judge it: %s",
             v->kind == VERDICT_SKIPPED ? "skipped" : "outside its hypotheses", v->note);
    memcpy(v->note, whole, sizeof v->note - 1);
    v->note[sizeof v->note - 1] = '\0';
    end_on_a_character(v->note, sizeof v->note);
    without_numbers(v, VERDICT_FAILS);
    v->refutes = false;
}

static double scaled(double bound, bool from_above, double scale) {
    return from_above == (bound > 0) ? bound * scale : bound / scale;
}

void verdict_scale(struct verdict *v, double scale) {
    /* No relation: either the check was skipped, or it forgot to give a verdict, and then it fails.
     *  */
    if (v->kind == VERDICT_SKIPPED || v->kind == VERDICT_OUTSIDE || !v->relation[0]) return;
    bool from_above = v->relation[0] == '<';
    double bound = scaled(v->bound, from_above, scale);
    double other = scaled(v->holds_bound, true, scale);
    if (v->refutes)
        judge_erratum(v, v->measured, bound, v->holds_measured, other);
    else if (!isnan(v->holds_bound))
        judge_contrast(v, v->measured, bound, v->holds_measured, other);
    else
        judge(v, v->measured, from_above ? "<=" : ">=", bound);
}

const char *verdict_name(enum verdict_kind kind) {
    switch (kind) {
    case VERDICT_HOLDS:
        return "holds";
    case VERDICT_FAILS:
        return "fails";
    case VERDICT_ERRATUM:
        return "erratum confirmed";
    case VERDICT_OUTSIDE:
        return "outside";
    case VERDICT_SKIPPED:
        return "skipped";
    case VERDICT_UNJUDGED:
        return "not judged";
    }
    return "?";
}

/* Prints "1e-9" and "2e-4" where printf would print "1e-09" and "0.0002". */
static int number(char *to, size_t size, double x) {
    char text[32], *e;
    snprintf(text, sizeof text, "%g", x);
    for (int digits = 0; digits < 6 && strncmp(text, "0.000", 5) == 0; digits++) {
        char shorter[32];
        snprintf(shorter, sizeof shorter, "%.*e", digits, x);
        if (strtod(shorter, NULL) == strtod(text, NULL)) memcpy(text, shorter, sizeof text);
    }
    if ((e = strchr(text, 'e'))) {
        long power = strtol(e + 1, NULL, 10);
        snprintf(e + 1, sizeof text - (size_t)(e + 1 - text), "%ld", power);
    }
    return snprintf(to, size, "%s", text);
}

static const char *filled(const char *text, const struct check *check, struct sentence *room) {
    if (!strchr(text, '{')) return text;
    size_t at = 0;
    for (const char *c = text; *c && at + 40 < sizeof room->text;) {
        int n = 0;
        if (strncmp(c, "{bound}", 7) == 0)
            n = number(room->text + at, 40, check->bound), c += 7;
        else if (strncmp(c, "{beside}", 8) == 0)
            n = number(room->text + at, 40, check->beside), c += 8;
        else if (strncmp(c, "{percent}", 9) == 0)
            n = snprintf(room->text + at, 40, "%g %%", 100 * check->bound), c += 9;
        else
            room->text[at] = *c++, n = 1;
        at += (size_t)n;
    }
    room->text[at] = '\0';
    return room->text;
}

/* Does it begin with a word that a sentence writes large: neither a symbol nor a function? */
static bool begins_small(const char *text) {
    static const char *const names[] = {"exp", "sum", "nll", "acc", "vec", "int", NULL};
    size_t n = 0;
    while (islower((unsigned char)text[n])) n++;
    for (const char *const *name = names; *name; name++)
        if (strlen(*name) == n && strncmp(*name, text, n) == 0) return false;
    return (n > 1 || (n == 1 && *text == 'a')) && strchr(" ,:-", text[n]) && !greek_letter(text, n);
}

/* A claim is a sentence, however its definition writes it. */
const char *check_statement(const struct check *check, struct sentence *room) {
    const char *text = filled(check->statement, check, room);
    const size_t n = strlen(text);
    const bool stop = n > 1 && !strchr(".?!", text[n - 1]) && strcmp(text + n - 2, ".)") != 0;
    if (n + 2 > sizeof room->text || (!begins_small(text) && !stop)) return text;
    if (text != room->text) memcpy(room->text, text, n + 1);
    if (begins_small(room->text)) room->text[0] = (char)toupper((unsigned char)room->text[0]);
    if (stop) memcpy(room->text + n, ".", 2);
    return room->text;
}

const char *check_fails_if(const struct check *check, struct sentence *room) {
    return filled(check->fails_if, check, room);
}

const char *check_source(const struct check *check) {
    return check->about ? check->about->source : check->source;
}

enum origin check_origin(const struct check *check) {
    return check->about ? check->about->origin : check->origin;
}

void verdict_inside(struct verdict *v, const struct check *check) {
    if (v->kind == VERDICT_SKIPPED || !check->about) return;
    char said[200], whole[1000];
    const struct hypothesis *h = statement_outside(check->about, &v->facts, said, sizeof said);
    if (!h) return;
    v->kind = VERDICT_OUTSIDE;
    snprintf(whole, sizeof whole, "needs %s; here %s%s%s", h->words, said, v->note[0] ? "; " : "",
             v->note);
    memcpy(v->note, whole, sizeof v->note);
    v->note[sizeof v->note - 1] = '\0';
    end_on_a_character(v->note, sizeof v->note);
}
