/* Statements: what a source says, and under which hypotheses. A check refers to one; in a run that
 * does not meet a hypothesis its verdict is `outside`: the value is recorded, but not judged. The
 * statements stand in experiments/statements/. */
#ifndef FRAME_CONTRACT_STATEMENT_H
#define FRAME_CONTRACT_STATEMENT_H

#include "experiments/statements/facts.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Who says so. */
enum origin {
    ORIGIN_UNSTATED,
    ORIGIN_PAPER,
    ORIGIN_TALK,
    ORIGIN_DERIVED, /* here */
    ORIGIN_CONTRACT /* what the program itself promises */
};
#define ORIGINS 5
/* Who says so and where, as members of a check or a statement. */
#define PAPER(work, place) .origin = ORIGIN_PAPER, .source = work ", " place
#define TALK(place) .origin = ORIGIN_TALK, .source = place
#define DERIVED .origin = ORIGIN_DERIVED, .source = "derived here"
#define DERIVED_AS(words) .origin = ORIGIN_DERIVED, .source = words
#define CONTRACT .origin = ORIGIN_CONTRACT, .source = "the program's contract"
/* "paper", "talk", "derived", "contract"; "" where none is stated. */
const char *origin_name(enum origin origin);

enum met { HYPOTHESIS_MET, HYPOTHESIS_NOT_MET, HYPOTHESIS_UNKNOWN };

struct hypothesis {
    const char *words; /* "V = M" */
    /* Is it met? `said` becomes what was compared: "V = 20, M = 230". */
    enum met (*met)(const struct facts *f, char *said, size_t room);
};

/* HYPOTHESIS(vocabulary_whole, "V = M", f->outputs == f->vocabulary, "V = %g, M = %g", f->outputs,
 * f->vocabulary): unknown where one of the values is NAN. */
#define HYPOTHESIS(name, sentence, condition, format, ...)                                         \
    static enum met name##_met(const struct facts *f, char *said, size_t room) {                   \
        const double seen[] = {__VA_ARGS__};                                                       \
        snprintf(said, room, format, __VA_ARGS__);                                                 \
        for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)                                    \
            if (isnan(seen[i])) return HYPOTHESIS_UNKNOWN;                                         \
        return (condition) ? HYPOTHESIS_MET : HYPOTHESIS_NOT_MET;                                  \
    }                                                                                              \
    static const struct hypothesis name = {sentence, name##_met};

/* Of a fact that is 1 or 0: HYPOTHESIS_IS(alike, "the token is as frequent in every
 * class", commons_alike, "alike"). */
#define HYPOTHESIS_IS(name, sentence, fact, word)                                                  \
    HYPOTHESIS(name, sentence, f->fact == 1, word ": %g", f->fact)

struct statement {
    const char *id; /* of the ledger of claims: "S-T2a" */
    enum origin origin;
    const char *source;                         /* "Scan&Snap, Theorem 2(a), Eq. 98" */
    const char *words;                          /* the statement in a sentence or two */
    const char *formula;                        /* TeX (the small one of the stories); NULL: none */
    const struct hypothesis *const *hypotheses; /* ends with NULL; NULL: none stated */
    const char *unchecked;                      /* why no check refers to it; NULL: one does */
};

/* Every statement, in the order of experiments/statements/statements.def. */
size_t statements_count(void);
const struct statement *statements_at(size_t index);

struct facts facts_unknown(void);

/* The statement's first hypothesis that is not known to be met; NULL: all are. said (room): what
 * was compared. */
const struct hypothesis *statement_outside(const struct statement *statement,
                                           const struct facts *facts, char *said, size_t room);

#endif
