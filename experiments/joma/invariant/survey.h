/* The surveys of joma/invariant: Theorem 1 over attentions, activations, losses, rates, methods and
 * step sizes, on instances of the shape that the parameters name. Each fills one table. */
#ifndef JOMA_INVARIANT_SURVEY_H
#define JOMA_INVARIANT_SURVEY_H

#include "experiments/frame/contract/results.h"
#include "experiments/joma/shared/theorem1.h"

/* `identity`: of the right-hand side itself at random states. */
enum attndyn_status survey_identity(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results);
/* `flows`: drift under the flow, by ratio of the learning rates. */
enum attndyn_status survey_flows(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results);
/* `tolerances`: drift against rtol. */
enum attndyn_status survey_tolerances(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results);
/* `queries`: several queries that share the hidden nodes. */
enum attndyn_status survey_queries(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results);
/* `steps`: gradient descent, stochastic gradient descent, and fixed-step methods on the flow. */
enum attndyn_status survey_steps(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results);
/* `cross_check`: reduced against full model. */
enum attndyn_status survey_cross_check(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results);

/* Gradient descent with rate lr; batch 0: all samples, otherwise that many drawn by p_i with
 * replacement. Calls seen (may be NULL) after each step with the accumulated law and the drift. */
struct descent {
    const struct attndyn_joma *model;
    const double *start;
    double lr;
    size_t steps, batch;
    enum attndyn_random_kind rng;
    uint64_t seed; /* of the draws */
    enum attndyn_status (*seen)(struct attndyn_context *ctx, void *user, size_t step,
                                const double *drift, const double *law);
    void *user;
};
struct descent_outcome {
    double *state, *drift,
        *law;                  /* (size), (M), (M): drift of the constants, what the law adds up */
    double largest, law_error; /* over steps and tokens */
    double highest_step;       /* the most positive change of a constant in one step */
};
/* Softmax attention has no discrete law: drift is that of the exp form, law stays 0. */
enum attndyn_status descend(struct attndyn_context *ctx, const struct descent *descent,
                            struct descent_outcome *outcome);

#endif
