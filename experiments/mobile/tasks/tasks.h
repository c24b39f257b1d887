/* Zero-shot accuracies of a list of networks: what a user sets and what a run emits. published.c
 * has the printed table, tasks.c scores, claims.c judges. */
#ifndef MOBILE_TASKS_TASKS_H
#define MOBILE_TASKS_TASKS_H

#include "experiments/frame/contract/typed.h"

#define TASKS(X)                                                                                   \
    X(TEXT, models, "",                                                                            \
      "trained networks, A,B,C: published folders, files of llama2.c, checkpoints; each with its " \
      "tokenizer beside it; empty: a small one that is trained first")                             \
    X(FILE, tasks, "", "evaluation items: a file, or a folder's *.jsonl (sim/data/tasks.h)")       \
    X(INT, limit, "0", "items taken of each task, from the first; 0: all", IN(0, 1000000000),      \
      .only = "tasks")                                                                             \
    X(TEXT, prompt_suffix, "", "put behind every context; \\n is a line end")                      \
    X(TEXT, bare, "",                                                                              \
      "a context that says nothing of the item, for acc_bare (mobile/zero-shot); empty: none")     \
    X(FILE, model, "", "unused here, leave it empty: networks are named by `models`")              \
    X(TEXT, tokenizer, "", "a tokenizer for all networks; empty: what lies beside each")
PARAMS(tasks, TASKS)

#define SHARES(X)                                                                                  \
    X(TEXT, model, "as it was named; small: the one trained here")                                 \
    X(TEXT, network, "which published one it is, by family, weights and depth; - : none")          \
    X(TEXT, task, "its file, without .jsonl; mean: over the tasks with choices")                   \
    X(INT, items, "scored")                                                                        \
    X(REAL, acc, "share whose likeliest choice is the right one")                                  \
    X(REAL, standard_error, "of acc: sqrt(acc (1 - acc)/items); of a mean, of independent tasks")  \
    X(REAL, acc_norm, "the same by log-likelihood over characters")                                \
    X(OPTIONAL, acc_bare, "the same by likelihood over that behind the bare context")              \
    X(OPTIONAL, chance, "mean of 1 over the choices; empty without choices")                       \
    X(OPTIONAL, published, "share in MobileLLM's table: it does not say of which normalisation")   \
    X(TEXT, nearest, "of acc, acc_norm and acc_bare, the nearest to the published; - : none is")   \
    X(OPTIONAL, off, "that one less published, in standard errors")
TABLE(shares, SHARES, "every network on every task")

#define SUMMARY(X)                                                                                 \
    X(REAL, models, "scored")                                                                      \
    X(REAL, items, "items of all tasks, for each network")                                         \
    X(OPTIONAL, worst_off, "largest |off| of a published network")
SCALARS(summary, SUMMARY)

extern const struct check *const tasks_claims[];

#endif
