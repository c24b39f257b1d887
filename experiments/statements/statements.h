/* The statements that checks refer to, one per claim of a source (statements.def lists them). */
#ifndef STATEMENTS_STATEMENTS_H
#define STATEMENTS_STATEMENTS_H

#include "experiments/frame/contract/statement.h"

#define STATEMENT(name) extern const struct statement statement_##name;
#include "statements.def"
#undef STATEMENT

/* SAYS(S_T3, "S-T3", PAPER("Scan&Snap", "Theorem 3"), "its words", .hypotheses = UNDER(&one,
 * &two)): defines statement_S_T3; behind the words further members of struct statement. */
#define SAYS(name, code, from, ...)                                                                \
    const struct statement statement_##name = {.id = code, from, .words = __VA_ARGS__};
#define UNDER(...)                                                                                 \
    (const struct hypothesis *const[]) {                                                           \
        __VA_ARGS__, NULL                                                                          \
    }

#endif
