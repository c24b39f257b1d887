/* How sparse and how low in rank: of a matrix, of attention, of hidden units, and of a text model's
 * layers. */
#ifndef LM_SHARED_SPARSITY_H
#define LM_SHARED_SPARSITY_H

#include "text_model.h"

/* Stable and effective rank of a (m, n), through the eigenvalues of the smaller Gram matrix:
 * singular values below 1e-8 of the largest are lost in rounding, which changes neither figure by
 * 1e-6. NaN for a zero matrix. */
struct ranks {
    double stable, effective;
};
enum attndyn_status sparsity_ranks(struct attndyn_context *ctx, size_t m, size_t n,
                                   const attndyn_real *a, struct ranks *ranks);
/* The gradient of a parameter; of a sparse one, the rows that are touched. */
enum attndyn_status sparsity_gradient_ranks(struct attndyn_context *ctx,
                                            const struct attndyn_parameter *p, struct ranks *ranks);

/* Of attention weights a (queries, keys; causal, rows sum to 1), means over the queries from the
 * fourth on. Query i sees i + 1 keys, or the last `window` of them (0: no window). */
struct attention_sparsity {
    double entropy; /* over ln of the number of keys seen: 1 = uniform */
    double keys90;  /* share of the keys seen that it takes to hold 90 % of the weight */
    double first;   /* weight on the sequence's first key (a sink; 0 where a window has left
                     * it behind), times the number of keys seen */
    double heavy;   /* share of all weight that the heaviest tenth of the keys gets */
};
/* Adds the map of one head of one sequence; `room`: (length). */
void sparsity_attention_add(size_t length, size_t window, size_t stride, const attndyn_real *a,
                            double *room, struct attention_sparsity *sum, size_t *queries,
                            size_t *maps);

/* `heavy` of attention that is uniform over the keys seen. */
double sparsity_heavy_uniform(size_t length, size_t window);

/* Of hidden units h (sequences, length, units). */
struct hidden_sparsity {
    double active;         /* share of units that are not zero */
    double units95;        /* share of units that it takes to hold 95 % of the squared norm */
    double overlap;        /* |A and B| / |A or B|, A, B of successive tokens of a sequence */
    double overlap_chance; /* that of independent sets of the same sizes: pq / (p + q - pq) */
};
void sparsity_hidden(size_t sequences, size_t length, size_t units, size_t stride,
                     const attndyn_real *h, double *room, struct hidden_sparsity *mean);

struct layer_sparsity {
    struct attention_sparsity attention;
    struct hidden_sparsity hidden;
};
/* Means over the first `windows` validation windows (or all there are, but for a shorter one at the
 * text's end): layers[t->layers]. */
enum attndyn_status sparsity_of_layers(struct attndyn_context *ctx, struct text_model *t,
                                       size_t windows, struct layer_sparsity *layers);

#endif
