/* The token distribution of a text: P(l | m, n) estimated from counts.
 *
 * An occurrence of class (m, n) is a token m followed by n in the same paragraph. Its context is
 * the up to `window` tokens before m in that paragraph. A class pools the contexts of all its
 * occurrences: C_nl = how often token l stands in them. Scan&Snap's sequence (arXiv 2305.16380,
 * section 3) is x_1 .. x_{T-1} (context), x_T = m (last token), x_{T+1} = n (next token).
 *
 * Each next token belongs to one last token only (the paper's psi): the pairs (m, n) are taken by
 * falling count (ties: m, then n by frequency rank), and n goes to the first m that still has room.
 *
 * P(l|n) = (C_nl + smoothing * C_l / C) / (C_n + smoothing), C_l, C_n, C the sums over classes,
 * over tokens, over both, of what was kept. smoothing 0: the relative frequency. smoothing > 0
 * draws every class towards the common mixture (a Dirichlet prior of that weight in tokens); then
 * every token is in every class, and nothing is distinct.
 */
#ifndef ATTNDYN_DATA_TEXT_DISTRIBUTION_H
#define ATTNDYN_DATA_TEXT_DISTRIBUTION_H

#include "corpus.h"
#include "distribution.h"

struct attndyn_text_options {
    const uint32_t
        *last; /* (num_last) ids of the last tokens, or NULL: the num_last most frequent */
    size_t num_last;
    size_t num_next;          /* next tokens for each last token, at most */
    const uint32_t *excluded; /* (num_excluded) ids that become neither last nor next; or NULL */
    size_t num_excluded;
    size_t window;      /* context tokens before the last token, at most */
    size_t min_context; /* occurrences with fewer are left out; 0 counts as 1 */
    uint64_t min_class; /* classes with fewer occurrences are left out */
    uint64_t min_count; /* context tokens with C_l below it are left out */
    uint64_t min_pair;  /* entries with C_nl below it are taken for absent */
    double smoothing;
    bool uniform_classes; /* P(n) = 1/K instead of the share of occurrences */
};

/* Arrays belong to the context. l counts 0..M-1 in the order of the corpus' ids (by frequency). */
struct attndyn_text_estimate {
    struct attndyn_distribution distribution; /* with names */
    uint64_t *pair_count; /* (start[K]): C_nl, aligned with distribution.token; smoothing: also 0 */
    uint64_t *class_count;   /* (K): occurrences */
    uint64_t *context_count; /* (K): C_n, kept context tokens */
    uint64_t *token_count;   /* (M): C_l */
    size_t *token_classes;   /* (M): classes with C_nl > 0: the document frequency of l */
    uint64_t total;          /* C */
    uint64_t dropped;        /* context tokens that min_count and min_pair left out */
    uint32_t *token_id;      /* (M): the corpus' id of l */
    uint32_t *next_id;       /* (K) */
    uint32_t *last_id;       /* (L) */
};

/* ATTNDYN_NO_INPUT: the text has no such classes (too short, no paragraph long enough, counts too
 * small for the thresholds); the message says which. */
enum attndyn_status attndyn_text_estimate(struct attndyn_context *ctx,
                                          const struct attndyn_corpus *corpus,
                                          const struct attndyn_text_options *options,
                                          struct attndyn_text_estimate *estimate);

#endif
