/* What counting gives: the cross-entropy of a text under another's words and pairs of words. */
#ifndef LM_SHARED_FREQUENCIES_H
#define LM_SHARED_FREQUENCIES_H

#include "sim/data/tokenizer.h"

/* Tokens from the most frequent on; of equal ones the least id first. */
struct frequency {
    double count;
    uint32_t token;
};
void frequencies_sort(struct frequency *f, size_t n);

/* Of the tokens of `of` under the counts c of `from`, ids below V: by single words,
 * p(w) = (c(w) + 1)/(n + V); by pairs, (c(v w) + t(v) p(w)) / (c(v) + t(v)) behind the word v, with
 * t(v) how many different words follow it (Witten and Bell; all tokens of `of` but the first). */
struct frequencies {
    double words, pairs; /* nat */
};
enum attndyn_status frequencies_loss(struct attndyn_context *ctx, size_t V,
                                     const struct attndyn_tokens *from,
                                     const struct attndyn_tokens *of, struct frequencies *loss);

#endif
