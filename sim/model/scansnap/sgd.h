/* Discrete training of Y and Z: sampled SGD, and gradient descent on the population.
 *
 * A sample: a class n by P(n), seq_len - 1 context tokens drawn independently from P(.|n), the last
 * token psi(n), the label n. Attention is a softmax over the positions, so tokens count by how
 * often they occur: c_l ~ count_l exp(z_ml); the rest is example.h. Two SGD optimisers as PyTorch
 * defines them, v <- momentum v + g, w <- w - lr v, on the mean cross-entropy of the batch; both
 * gradients are taken before either moves. Scan&Snap (arXiv 2305.16380), section 8.
 *
 * seq_len 0: infinitely long contexts, counts = P(.|n). batch 0: every class once, weighted by
 * P(n). Both 0: gradient descent on the population loss.
 *
 * Only rows of Y and entries of z in the supports are stored; nothing else moves. Samples of a
 * batch are handled class by class, since a class's samples share their rows. */
#ifndef ATTNDYN_MODEL_SCANSNAP_SGD_H
#define ATTNDYN_MODEL_SCANSNAP_SGD_H

#include "flow.h"

enum attndyn_sgd_init { ATTNDYN_SGD_ZERO, ATTNDYN_SGD_UNIFORM /* +-1/sqrt(M) */ };
struct attndyn_sgd_options {
    size_t seq_len, batch;
    double lr_y, lr_z, momentum;
    enum attndyn_sgd_init init;
    bool balanced; /* batch/K samples of every class instead of labels drawn by P(n) */
    uint64_t seed;
};

struct attndyn_sgd {
    const struct attndyn_distribution *distribution;
    struct attndyn_sgd_options options;
    struct attndyn_flow *flow; /* the population flow of the same set: its layout of rows and z */
    size_t stride;   /* numbers from one row of Y to the next: V rounded up, the rest stays 0 */
    double *Y, *z;   /* (rows, stride), (z entries): what is trained */
    double *vY, *vz; /* momenta: of minus the gradients */
    uint64_t steps;  /* updates done */
    double loss;     /* of the last step's batch, before its update */
    struct attndyn_sgd_work *work; /* private */
};

/* Checks the options, allocates, starts. The distribution is kept, not copied. */
enum attndyn_status attndyn_sgd_create(struct attndyn_context *ctx,
                                       const struct attndyn_distribution *distribution,
                                       const struct attndyn_sgd_options *options,
                                       struct attndyn_sgd **sgd);
/* Restarts with other rates, seed and initialisation. seq_len, batch and `balanced` must be as at
 * creation. Allocates nothing. */
void attndyn_sgd_restart(struct attndyn_sgd *sgd, const struct attndyn_sgd_options *options);
/* One update. Allocates nothing. */
void attndyn_sgd_step(struct attndyn_sgd *sgd);

/* The expected attention c_n over the entries of class n: (start[n+1] - start[n]). */
void attndyn_sgd_attention(const struct attndyn_sgd *sgd, size_t n, double *c);
/* One sample of class n: its count of each entry, as attndyn_sgd_step draws them. For tests. */
void attndyn_sgd_draw(struct attndyn_sgd *sgd, size_t n, uint32_t *counts);
/* What a run ends with: unweighted means over the classes. */
struct attndyn_sgd_outcome {
    double entropy_distinct; /* of c_n on the class's distinct tokens, renormalised, natural log */
    double entropy_support;  /* of c_n */
    double common_mass;      /* of c_n */
    double loss;             /* of the last batch, before its update */
    double loss_population;  /* of the trained Y and z, T -> infinity */
};
void attndyn_sgd_see(struct attndyn_sgd *sgd, struct attndyn_sgd_outcome *outcome);

/* `count` runs of `steps` updates on one distribution, in parallel over attndyn_threads(ctx); the
 * options may differ in rates, seed and initialisation. outcomes: (count). */
enum attndyn_status attndyn_sgd_runs(struct attndyn_context *ctx,
                                     const struct attndyn_distribution *distribution,
                                     const struct attndyn_sgd_options *options, size_t count,
                                     size_t steps, struct attndyn_sgd_outcome *outcomes);

#endif
