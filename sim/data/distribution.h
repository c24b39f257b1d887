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
    size_t tokens;      /* M */
    size_t classes;     /* K */
    size_t last_tokens; /* L */
    size_t columns;     /* V, columns of the decoder: 0..K-1 are the classes' own next tokens,
                           the V - K others never are the answer */
    size_t *last;       /* psi: (K) */
    double *class_probability; /* P(n): (K), sum 1 */
    size_t *start;             /* (K + 1): class n has entries start[n] .. start[n+1]-1 */
    size_t *token;             /* (start[K]): ascending within a class */
    double *probability;       /* (start[K]): > 0, sum 1 within a class */
    char **token_name;         /* (M) or NULL */
    char **class_name;         /* (K) or NULL */
    char **last_name;          /* (L) or NULL */
    size_t *next_token;        /* (K) or NULL: the token that class n predicts, where V = M */
    size_t *last_token;        /* (L) or NULL: the token that last token m is, where V = M */
    size_t *degree;            /* (M) classes n with P(l|n) > 0: 0 unused, 1 distinct, >= 2 common;
                                  filled by attndyn_distribution_complete */
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

/* What the decoder's columns are: the next tokens (V = K), or the whole vocabulary (V = M; the last
 * and next tokens are then counted among the M tokens). */
enum attndyn_columns { ATTNDYN_COLUMNS_NEXT, ATTNDYN_COLUMNS_VOCABULARY };
#define ATTNDYN_COLUMNS "next|vocabulary"

/* Checks every field that a constructor fills (shapes, ranges, order, sums to 1 within 1e-6),
 * divides each distribution by its sum, and fills `degree`. Every constructor ends with it; code
 * that builds a distribution of its own must, too. */
enum attndyn_status attndyn_distribution_complete(struct attndyn_context *ctx,
                                                  struct attndyn_distribution *distribution);

/* The family with weights p (D) and q (G), normalised here; V = K. N must divide K. */
enum attndyn_status attndyn_family_create(struct attndyn_context *ctx, size_t classes,
                                          size_t classes_per_last, const double *p, size_t distinct,
                                          const double *q, size_t commons,
                                          struct attndyn_symmetric_family *family);
/* The authors' synthetic set: D weights evenly spaced from 0.1 to 1 (D = 1: 0.1, as linspace has
 * it), G weights 1; K = num_last * num_next_per_last. Scan&Snap, section 8. */
enum attndyn_status attndyn_family_authors(struct attndyn_context *ctx, size_t num_last,
                                           size_t num_next_per_last, size_t num_common,
                                           size_t num_distinct,
                                           struct attndyn_symmetric_family *family);
/* A family's distribution, P(n) = 1/K. Vocabulary in the authors' order: commons 0..G-1, the D
 * distinct tokens of class 0, of class 1, ...; with ATTNDYN_COLUMNS_VOCABULARY then the L last
 * tokens and the K next tokens. family->columns is set to V. */
enum attndyn_status attndyn_distribution_symmetric(struct attndyn_context *ctx,
                                                   struct attndyn_symmetric_family *family,
                                                   enum attndyn_columns columns,
                                                   struct attndyn_distribution **distribution);
/* The way back; *member is false if the distribution is not in the family (classes of unequal
 * probability, commons not shared by all with equal probability, ...; probabilities compared to
 * 1e-12). */
enum attndyn_status attndyn_distribution_family(struct attndyn_context *ctx,
                                                const struct attndyn_distribution *distribution,
                                                struct attndyn_symmetric_family *family,
                                                bool *member);

/* The family's distribution with every weight multiplied by exp(sd x), x standard normal and
 * independent per class and token: commons then depend on the class. sd 0 draws nothing. */
struct attndyn_random_spread {
    double common_sd, distinct_sd, class_sd; /* of P(l|n) on commons and distinct, and of P(n) */
    uint64_t seed;
};
enum attndyn_status attndyn_distribution_random(struct attndyn_context *ctx,
                                                struct attndyn_symmetric_family *family,
                                                enum attndyn_columns columns,
                                                const struct attndyn_random_spread *spread,
                                                struct attndyn_distribution **distribution);

/* A table in memory: dense P (classes, tokens) row-major, zeros allowed; last (classes);
 * class_probability (classes) or NULL for 1/K; V = K. For tests and small examples. */
enum attndyn_status attndyn_distribution_dense(struct attndyn_context *ctx, size_t classes,
                                               size_t tokens, const double *p, const size_t *last,
                                               const double *class_probability,
                                               struct attndyn_distribution **distribution);

/* A CSV file, of whatever program (delimited.h), with the columns class, last, token, probability
 * and one line per P(l|n) > 0. Names are any text; classes, last tokens and tokens are numbered in
 * order of first appearance. Every error names its line and byte. Each class must sum to 1 within
 * 1e-6 and is then divided by its sum. P(n) = 1/K. With ATTNDYN_COLUMNS_VOCABULARY, last tokens and
 * classes whose names are no context tokens are appended to the vocabulary. */
enum attndyn_status attndyn_distribution_file(struct attndyn_context *ctx, const char *path,
                                              enum attndyn_columns columns,
                                              struct attndyn_distribution **distribution);

/* The same from memory: `text` (length, NUL-terminated) is cut up in place and must stay; `origin`
 * names it in messages. */
enum attndyn_status attndyn_distribution_parse(struct attndyn_context *ctx, char *text,
                                               size_t length, const char *origin,
                                               enum attndyn_columns columns,
                                               struct attndyn_distribution **distribution);
/* Replaces P(n) by weights (K), normalised here. */
enum attndyn_status attndyn_distribution_class_weights(struct attndyn_context *ctx,
                                                       struct attndyn_distribution *distribution,
                                                       const double *weights, size_t count);

/* Allocates the arrays for K, L and `entries` numbers; names, degree and next/last token NULL. */
enum attndyn_status attndyn_distribution_allocate(struct attndyn_context *ctx, size_t classes,
                                                  size_t last_tokens, size_t entries,
                                                  struct attndyn_distribution **distribution);

#endif
