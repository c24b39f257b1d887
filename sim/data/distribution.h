/* Token distributions: what Scan&Snap trains on.
 *
 * K sequence classes (next tokens) n, each with a last token psi(n) in 0..L-1 and a distribution
 * P(l|n) over M context tokens l. Rows of P are sparse: stored by class, tokens ascending.
 * Arrays belong to the context. Scan&Snap (arXiv 2305.16380), section 3.
 */
#ifndef ATTNDYN_DATA_DISTRIBUTION_H
#define ATTNDYN_DATA_DISTRIBUTION_H

#include "../base/context.h"
#include "../base/random.h"

struct attndyn_distribution {
    size_t tokens;             /* M */
    size_t classes;            /* K */
    size_t last_tokens;        /* L */
    size_t columns;            /* V, columns of the decoder: 0..K-1 are the classes' own next tokens,
                                  the V - K others never are the answer */
    size_t *last;              /* psi: (K) */
    double *class_probability; /* P(n): (K), sum 1 */
    size_t *start;             /* (K + 1): class n has entries start[n] .. start[n+1]-1 */
    size_t *token;             /* (start[K]): ascending within a class */
    double *probability;       /* (start[K]): > 0, sum 1 within a class */
    char **token_name;         /* (M) or NULL */
    char **class_name;         /* (K) or NULL */
    char **last_name;          /* (L) or NULL */
};

/* The symmetric family: K classes, N per last token, each with D distinct tokens of probabilities
 * p and the G common tokens of probabilities q (weights: normalised to sum 1 together). */
struct attndyn_symmetric_family {
    size_t classes;          /* K, a multiple of N */
    size_t classes_per_last; /* N */
    size_t columns;          /* V: K, or more */
    size_t distinct;         /* D */
    size_t commons;          /* G */
    double *p;               /* (D), normalised */
    double *q;               /* (G), normalised: sum p + sum q = 1 */
};

#endif
