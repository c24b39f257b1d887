/* Published networks' files against the families' definitions: what a user sets and what a run
 * emits. published.c says how each family writes itself down, written.c writes it, refused.c
 * damages it, families.c opens it, claims.c judges. */
#ifndef LM_FAMILIES_FAMILIES_H
#define LM_FAMILIES_FAMILIES_H

#include "experiments/frame/contract/typed.h"

#define FAMILIES(X)                                                                                \
    X(INT, tokens, "11", "length of the text", IN(8, 30))                                          \
    X(REAL, scale, "0.5", "standard deviation of the weights, which are rounded to 1/64",          \
      IN(0.05, 1))                                                                                 \
    X(INT, seed, "1", "seed of the weights and tokens")
PARAMS(families, FAMILIES)

#define OPENED(X)                                                                                  \
    X(TEXT, family, "and what is special about the file")                                          \
    X(TEXT, numbers, "kind of the numbers in it")                                                  \
    X(INT, files, "that have weights")                                                             \
    X(REAL, logits, "largest difference of a logit from the plain pass, over the largest logit")   \
    X(REAL, decoded, "the same token by token, from the key-value cache")                          \
    X(REAL, prefilled, "the same in blocks, into the cache")                                       \
    X(OPTIONAL, again, "the same after it was written anew and opened again; empty: not done")     \
    X(REAL, control, "largest difference where the definition is told something false")            \
    X(INT, matrices, "bytes that must stay in the file")                                           \
    X(INT, mapped, "bytes that do")
TABLE(opened, OPENED, "files that are opened")

#define REFUSED(X)                                                                                 \
    X(TEXT, family, "whose file is damaged")                                                       \
    X(TEXT, damage, "what is wrong in it")                                                         \
    X(INT, opened, "1: it was opened all the same")
TABLE(refused, REFUSED, "files that must not be")

#define SUMMARY(X)                                                                                 \
    X(REAL, logits, "worst of the families", LARGEST_OF(opened, logits))                           \
    X(REAL, control, "least of the controls", SMALLEST_OF(opened, control))
SCALARS(summary, SUMMARY)

/* A folder that did not exist before, in TMPDIR or /tmp; owned by ctx. */
enum attndyn_status families_folder(struct attndyn_context *ctx, char **folder);
/* With the files that a published network, ours or llama2.c's may have left in it. */
void families_remove(struct attndyn_context *ctx, const char *folder);
/* All rows of `refused`. */
enum attndyn_status families_refused(const struct trial *run, const struct families *p);

extern const struct check *const families_claims[];

#endif
