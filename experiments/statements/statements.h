/* The statements that checks refer to, one per claim of a source (statements.def lists them). */
#ifndef STATEMENTS_STATEMENTS_H
#define STATEMENTS_STATEMENTS_H

#include "experiments/frame/contract/statement.h"

#define STATEMENT(name) extern const struct statement statement_##name;
#include "statements.def"
#undef STATEMENT

#endif
