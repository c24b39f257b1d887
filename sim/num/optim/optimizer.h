/* SGD with momentum, Adam and AdamW over a model's parameters, with PyTorch's semantics.
 *
 *     SGD:    g <- g + decay w;  v <- momentum v + g (no dampening);  w <- w - lr v
 *     Adam:   g <- g + decay w;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
 *             w <- w - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps)     (Kingma and Ba 2015)
 *     AdamW:  w <- (1 - lr decay) w, then Adam without decay    (Loshchilov and Hutter 2019)
 *
 * before which the gradient is clipped: g <- g min(1, clip / (||g|| + 1e-6)), the norm over all
 * parameters that move. One pass over memory a step; a sparse gradient (num/parameter.h) gives what
 * the dense one would. Results do not depend on the number of threads.
 */
#ifndef ATTNDYN_NUM_OPTIM_OPTIMIZER_H
#define ATTNDYN_NUM_OPTIM_OPTIMIZER_H

#include "../parameter.h"

#define attndyn_optimizer ATTNDYN_REAL_NAME(attndyn_optimizer)
#define attndyn_optimizer_create ATTNDYN_REAL_NAME(attndyn_optimizer_create)
#define attndyn_optimizer_step ATTNDYN_REAL_NAME(attndyn_optimizer_step)
#define attndyn_optimizer_reset ATTNDYN_REAL_NAME(attndyn_optimizer_reset)
#define attndyn_optimizer_state ATTNDYN_REAL_NAME(attndyn_optimizer_state)
#define attndyn_optimizer_steps ATTNDYN_REAL_NAME(attndyn_optimizer_steps)
#define attndyn_optimizer_resume ATTNDYN_REAL_NAME(attndyn_optimizer_resume)

/* In the order of the names in ATTNDYN_OPTIMIZERS. */
enum attndyn_optimizer_kind {
    ATTNDYN_OPTIMIZER_SGD,
    ATTNDYN_OPTIMIZER_ADAM,
    ATTNDYN_OPTIMIZER_ADAMW
};
#define ATTNDYN_OPTIMIZERS "sgd|adam|adamw"

/* Parameters whose name matches the shell pattern; the last group that matches counts. */
struct attndyn_optimizer_group {
    const char *pattern;
    double lr_factor; /* times the step's rate */
    double decay;     /* negative: the optimiser's */
};

struct attndyn_optimizer_options {
    enum attndyn_optimizer_kind kind;
    double momentum;                              /* SGD; 0: none */
    double beta1, beta2, epsilon;                 /* Adam; all 0: 0.9, 0.999, 1e-8 */
    double decay;                                 /* weight decay */
    double clip;                                  /* largest norm of the gradient; 0: not clipped */
    const struct attndyn_optimizer_group *groups; /* copied */
    size_t n_groups;
};

struct attndyn_optimizer;

/* Keeps a pointer to the parameters (frozen ones are left alone, also when frozen later).
 * ATTNDYN_USAGE: a rate out of range, a group that no parameter matches. */
enum attndyn_status attndyn_optimizer_create(struct attndyn_context *ctx,
                                             const struct attndyn_optimizer_options *options,
                                             struct attndyn_parameter *parameters, size_t count,
                                             struct attndyn_optimizer **optimizer);
/* One step at rate lr. Returns the norm of the gradient before it was clipped. */
double attndyn_optimizer_step(struct attndyn_optimizer *optimizer, double lr);
/* As new: moments zero, no step made. */
void attndyn_optimizer_reset(struct attndyn_optimizer *optimizer);
/* The state as named tensors for a checkpoint ("first.<parameter>", "second.<parameter>"), each of
 * a shape of its own; only name, shape and value are set. Owned by the optimiser. */
struct attndyn_parameter *attndyn_optimizer_state(struct attndyn_optimizer *optimizer,
                                                  size_t *count);
/* Steps made since the start or the last reset. */
uint64_t attndyn_optimizer_steps(const struct attndyn_optimizer *optimizer);
/* After the moments have been filled from a checkpoint: so many steps were made. */
void attndyn_optimizer_resume(struct attndyn_optimizer *optimizer, uint64_t steps);

#endif
