/* One training of a small network by one of four ways to move its maps (the matrices of its layers:
 * attention and MLP); everything else (embedding, norms) is moved by Adam in all of them.
 *
 *     full     W by Adam
 *     galore   W by Adam in a subspace of its gradient (sim/num/optim/galore.h)
 *     lora     W = W_0 + (alpha/r) B A, W_0 as drawn and frozen, alpha = 32, B = 0 at the start
 *     lowrank  W = B A
 *
 * All have the same two groups of rates: maps (their factors) at scale x lr, the rest at lr.
 * GaLore's published script has them by its alpha; full Adam and W = B A at one rate for all
 * look worse than they are.
 *
 * Of a factored map the network computes G = dL/dW; dL/dB = s G A^T and dL/dA = s B^T G, s =
 * alpha/r or 1. A (r, n) is uniform in +-1/sqrt(n); B (m, r) of W = B A is normal, so that the
 * entries of W start as large as the network's own. A tenth of the updates warms up, a cosine goes
 * down to a tenth, gradients are clipped at 1; moments 0.9, 0.999, epsilon 1e-6 (GaLore's script).
 */
#ifndef LOWRANK_TRAIN_TRAINER_H
#define LOWRANK_TRAIN_TRAINER_H

#include "experiments/shared/networks.h"
#include "sim/num/optim/galore.h"

#define METHOD_NAMES(C)                                                                            \
    C(method_full, "full")                                                                         \
    C(method_galore, "galore")                                                                     \
    C(method_lora, "lora")                                                                         \
    C(method_lowrank, "lowrank")
CHOICES(method, METHOD_NAMES)

struct setting {
    enum method method;
    enum attndyn_galore_side side;
    size_t rank, gap;
    double scale, lr;
    bool sgd; /* W <- W - lr G, in the subspace or not; not clipped, the rate constant */
};

/* What moves: a tensor of the network, or a factor of one of its maps. */
struct piece {
    attndyn_real *value, *gradient; /* (m, n) */
    size_t m, n;
    double rate; /* times the step's */
    struct attndyn_galore *rule;
};

struct part {
    const struct attndyn_parameter *of;
    bool map;
    attndyn_real *start;   /* W_0 of lora, else NULL */
    double times;          /* s */
    struct piece piece[2]; /* B and A, or W alone */
    size_t pieces;
};

struct trainer {
    struct network *network;
    struct network_feed feed;
    struct setting setting;
    struct part *part;
    size_t parts;
    uint64_t updates; /* made */
};

/* The network's weights become those of its start; the minibatches begin anew. */
enum attndyn_status trainer_open(struct attndyn_context *ctx, struct network *network,
                                 const struct setting *setting, struct trainer *t);
/* The next minibatch, its gradient (that of the factors, too); the loss before the update. */
double trainer_gradient(struct trainer *t);
/* By the present gradient. ATTNDYN_RUN_FAILED: it is not finite. */
enum attndyn_status trainer_move(struct attndyn_context *ctx, struct trainer *t);
/* The network's maps from their factors. */
void trainer_compose(struct trainer *t);
void trainer_close(struct trainer *t);

/* Numbers that the method has to hold for a part: weights, gradients, optimiser states (moments and
 * projectors). Of a factored map the gradient of the factors; G itself is the engine's scratch. */
struct held {
    size_t weights, gradients, states;
};
struct held trainer_held(const struct part *part);

#endif
