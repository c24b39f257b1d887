/* The negative log-likelihood (nats) of a text under a network, token by token.
 *
 * Tokens x_0 ... x_{n-1}. At position t the network reads x_t; what it then gives x_{t+1} belongs
 * to position t. So n tokens have n - 1 numbers, and n - 1 tokens are fed.
 */
#ifndef ATTNDYN_MODEL_INFERENCE_EVALUATE_H
#define ATTNDYN_MODEL_INFERENCE_EVALUATE_H

#include "inference.h"

#define attndyn_evaluation ATTNDYN_REAL_NAME(attndyn_evaluation)
#define attndyn_evaluate ATTNDYN_REAL_NAME(attndyn_evaluate)
#define attndyn_logits_nll ATTNDYN_REAL_NAME(attndyn_logits_nll)
#define attndyn_logits_best ATTNDYN_REAL_NAME(attndyn_logits_best)

struct attndyn_evaluation {
    struct attndyn_cache cache; /* zero: dense. Recomputation: a fresh pass for every position,
                                   those of the first `slots` tokens in one */
    /* Recomputation: the token in front of every pass, within its slots; the text's own first token
     * is not taken twice where it is that. */
    bool restart;
    uint32_t restart_token;
    /* Dense, window > 0: passes over x_b ... x_{b+window-1} for b = 0, stride, 2 stride ..., until
     * one reaches the end; each position counts in the first pass that has it. stride 0: window.
     */
    size_t window, stride;
    bool bounded; /* refuse to feed more tokens than the network's context in one pass */
    bool offers;  /* ... and name windows as the remedy, for a caller that takes them */
    size_t block; /* tokens that go through the network at once, at most (1: as in decoding); 0: as
                     many as pay. A window and streaming are then served in blocks too, a text in
                     minutes that takes hours token by token */
    bool masked;  /* by the other route (inference.h) */
    bool bytes;   /* weights as bytes */
    const struct attndyn_inference_hooks *hooks; /* or NULL */
    struct attndyn_inference_counts *counts;     /* becomes what was done; or NULL */
};

/* nll: (n - 1); best: (n - 1), the most probable token after x_t, the first of several; either may
 * be NULL. ATTNDYN_USAGE: fewer than two tokens, a pass longer than the context with the remedy, a
 * network whose outputs are not its tokens, and what inference.h refuses. */
enum attndyn_status attndyn_evaluate(struct attndyn_context *ctx,
                                     const struct attndyn_weights *weights,
                                     const struct attndyn_evaluation *evaluation,
                                     const uint32_t *tokens, size_t n, double *nll, uint32_t *best);

/* *nll: -log softmax(logits)[target]; room: (outputs), overwritten. ATTNDYN_NO_INPUT: it is no
 * number, as one of the weights, say. */
enum attndyn_status attndyn_logits_nll(struct attndyn_context *ctx, size_t outputs,
                                       const attndyn_real *logits, uint32_t target,
                                       attndyn_real *room, double *nll);
/* The largest; of several the first. */
uint32_t attndyn_logits_best(size_t outputs, const attndyn_real *logits);

#endif
