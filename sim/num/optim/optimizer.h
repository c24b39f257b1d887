/* Optimisers over a model's parameters: SGD with momentum, Adam and AdamW with PyTorch's semantics;
 * Adafactor, Adam with states in 8 bits, and GaLore around any of them (galore.h).
 *
 *     SGD:    g <- g + decay w;  v <- momentum v + g (no dampening);  w <- w - lr v
 *     Adam:   g <- g + decay w;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
 *             w <- w - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps)     (Kingma and Ba 2015)
 *     AdamW:  w <- (1 - lr decay) w, then Adam without decay    (Loshchilov and Hutter 2019)
 *
 *     Adafactor, Adam in 8 bits: galore.h; decay as AdamW's, but after the step
 *     GaLore: options.galore.rank > 0 projects the matrices whose name matches `projected`; their
 *         Adam adds epsilon before it corrects the bias (`form`), decay comes after the step
 *
 * before which the gradient is clipped: g <- g min(1, clip / (||g|| + 1e-6)), the norm over all
 * parameters that move. One pass over memory a step; a sparse gradient (num/parameter.h) gives what
 * the dense one would. Results do not depend on the number of threads.
 */
#ifndef ATTNDYN_NUM_OPTIM_OPTIMIZER_H
#define ATTNDYN_NUM_OPTIM_OPTIMIZER_H

#include "../parameter.h"
#include "galore.h"

#define attndyn_optimizer ATTNDYN_REAL_NAME(attndyn_optimizer)
#define attndyn_optimizer_create ATTNDYN_REAL_NAME(attndyn_optimizer_create)
#define attndyn_optimizer_step ATTNDYN_REAL_NAME(attndyn_optimizer_step)
#define attndyn_optimizer_begin ATTNDYN_REAL_NAME(attndyn_optimizer_begin)
#define attndyn_optimizer_part ATTNDYN_REAL_NAME(attndyn_optimizer_part)
#define attndyn_optimizer_end ATTNDYN_REAL_NAME(attndyn_optimizer_end)
#define attndyn_optimizer_galore ATTNDYN_REAL_NAME(attndyn_optimizer_galore)
#define attndyn_optimizer_bytes ATTNDYN_REAL_NAME(attndyn_optimizer_bytes)
#define attndyn_optimizer_restart ATTNDYN_REAL_NAME(attndyn_optimizer_restart)
#define attndyn_optimizer_recount ATTNDYN_REAL_NAME(attndyn_optimizer_recount)
#define attndyn_optimizer_reset ATTNDYN_REAL_NAME(attndyn_optimizer_reset)
#define attndyn_optimizer_state ATTNDYN_REAL_NAME(attndyn_optimizer_state)
#define attndyn_optimizer_steps ATTNDYN_REAL_NAME(attndyn_optimizer_steps)
#define attndyn_optimizer_resume ATTNDYN_REAL_NAME(attndyn_optimizer_resume)

/* In the order of the names in ATTNDYN_OPTIMIZERS. */
enum attndyn_optimizer_kind {
    ATTNDYN_OPTIMIZER_SGD,
    ATTNDYN_OPTIMIZER_ADAM,
    ATTNDYN_OPTIMIZER_ADAMW,
    ATTNDYN_OPTIMIZER_ADAFACTOR,
    ATTNDYN_OPTIMIZER_ADAM8BIT
};
#define ATTNDYN_OPTIMIZERS "sgd|adam|adamw|adafactor|adam8bit"

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
    /* GaLore: rank, gap, scale, side, subspace, moments; rank 0: nothing is projected. Also form,
     * min_8bit and seed; what else is in it is set from the options above. */
    struct attndyn_galore_options galore;
    const char *projected; /* shell pattern; NULL: "layers.*" */
    bool staggered;        /* the renewals of different matrices are spread over the gap */
    bool tensorwise;       /* also SGD and Adam that project nothing go by galore.h, with `form` */
};

struct attndyn_optimizer;

/* Keeps a pointer to the parameters (frozen ones are left alone, also when frozen later).
 * ATTNDYN_USAGE: a rate out of range, a group that no parameter matches. */
enum attndyn_status attndyn_optimizer_create(struct attndyn_context *ctx,
                                             const struct attndyn_optimizer_options *options,
                                             struct attndyn_parameter *parameters, size_t count,
                                             struct attndyn_optimizer **optimizer);
/* One step at rate lr. Returns the norm of the gradient before it was clipped; NaN where the
 * singular values of one did not converge. */
double attndyn_optimizer_step(struct attndyn_optimizer *optimizer, double lr);
/* The same step in parts, without clipping: begin, then every parameter once, in any order, a run
 * of them at a time (its gradient may be gone before the next part's is there), then end, which
 * returns the norm. The weights get the bits of attndyn_optimizer_step without clip. */
void attndyn_optimizer_begin(struct attndyn_optimizer *optimizer, double lr);
void attndyn_optimizer_part(struct attndyn_optimizer *optimizer, size_t first, size_t count);
double attndyn_optimizer_end(struct attndyn_optimizer *optimizer);
/* What galore.h keeps of parameter i; NULL where another method moves it, or it is frozen. */
const struct attndyn_galore *attndyn_optimizer_galore(const struct attndyn_optimizer *optimizer,
                                                      size_t i);
/* Bytes of the state of parameter i: moments, projectors. */
size_t attndyn_optimizer_bytes(const struct attndyn_optimizer *optimizer, size_t i);
/* Of parameter i alone: as new; or, after its state was filled from a checkpoint, `updates` made
 * since it was. Only with `tensorwise`, GaLore or a rule of galore.h, where each counts by itself.
 */
void attndyn_optimizer_restart(struct attndyn_optimizer *optimizer, size_t i);
void attndyn_optimizer_recount(struct attndyn_optimizer *optimizer, size_t i, uint64_t updates);
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
