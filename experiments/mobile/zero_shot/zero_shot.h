/* What a user sets of mobile/zero-shot, and what a run emits. */
#ifndef MOBILE_ZERO_SHOT_H
#define MOBILE_ZERO_SHOT_H

#include "experiments/mobile/shared/scoring.h"
#include "experiments/shared/subject.h"

#define ZERO_SHOT(X)                                                                                \
    SUBJECT_NETWORK(X)                                                                              \
    X(FILE, tasks, "",                                                                              \
      "evaluation items, one JSON object a line: a file, or a folder's *.jsonl by name "            \
      "(sim/data/tasks.h has the three forms); empty: generated ones, for the small network")       \
    X(INT, limit, "0", "items taken of each task, from the first; 0: all", IN(0, 1000000000),       \
      .only = "tasks")                                                                              \
    X(TEXT, prompt_suffix, "",                                                                      \
      "put behind every context; \\n is a line end (published harnesses end ARC's and PIQA's with " \
      "\\nAnswer:)")                                                                                \
    X(TEXT, bare, "",                                                                               \
      "a context that says nothing of the item: a choice's likelihood is also divided by that "     \
      "behind it, for acc_bare (LLaMA, for OpenBookQA and BoolQ: Answer:); empty: not computed")
PARAMS(zero_shot, ZERO_SHOT)

#define CHOICE_ROWS(X)                                                                             \
    X(TEXT, task, "its file, without .jsonl")                                                      \
    X(INT, item, "from 0")                                                                         \
    X(INT, choice, "from 0")                                                                       \
    X(REAL, log_likelihood, "of the tokens that blank + choice adds to the context",               \
      .unit = "nat")                                                                               \
    X(INT, characters, "code points of the choice")                                                \
    X(INT, gold, "the right choice")
TABLE_AS(choice_row, "choices", CHOICE_ROWS, "every choice's score")

/* A table of its own, so that `choices` has the same columns with and without. */
#define BARE_ROWS(X)                                                                               \
    X(TEXT, task, "its file, without .jsonl")                                                      \
    X(INT, item, "from 0")                                                                         \
    X(INT, choice, "from 0")                                                                       \
    X(REAL, log_likelihood, "of the choice behind the bare context", .unit = "nat")
TABLE_AS(bare_row, "bare", BARE_ROWS,
         "the same behind the bare context, of items with choices; no "
         "row without it")

#define TASK_ROWS(X)                                                                               \
    X(TEXT, task, "its file, without .jsonl")                                                      \
    X(INT, items, "scored")                                                                        \
    X(REAL, acc,                                                                                   \
      "share of items whose likeliest choice is the right one; without choices: whose "            \
      "continuation is the greedy one")                                                            \
    X(REAL, acc_norm, "the same by log-likelihood over characters")                                \
    X(OPTIONAL, acc_bare, "the same by likelihood over that behind the bare context")              \
    X(REAL, standard_error, "of acc: sqrt(acc (1 - acc)/items)")                                   \
    X(OPTIONAL, chance, "mean of 1 over the choices; empty without choices")                       \
    X(INT, cut, "items of which a sequence lost its beginning to the context")
TABLE_AS(task_row, "accuracy", TASK_ROWS, "what each task comes to")

#define SUMMARY(X)                                                                                 \
    X(REAL, tasks, "scored")                                                                       \
    X(REAL, items, "items of all tasks")                                                           \
    X(REAL, acc, "mean over tasks")                                                                \
    X(REAL, acc_norm, "mean over tasks")                                                           \
    X(OPTIONAL, acc_bare, "mean over tasks; empty without a bare context")                         \
    X(REAL, cut, "items of which a sequence lost its beginning to the context")                    \
    X(REAL, tokens, "tokens read: a shared context once, but its last token with each choice")     \
    X(REAL, operations,                                                                            \
      "of all of them: 2 for each number of the maps, 4 heads x head width for "                   \
      "each key seen in a layer, 2 for each number of the decoder where a token "                  \
      "is scored",                                                                                 \
      .unit = "flop")
SCALARS(summary, SUMMARY)

extern const struct check *const zero_shot_claims[];

#endif
