/* One training of a small network (experiments/shared/networks.h) by a method, as a long run
 * (experiments/shared/training.h).
 *
 * All methods have the same two groups of rates: maps (the matrices of the layers, or their
 * factors) at scale x lr, all else at lr. GaLore's published script has them by its alpha; full
 * Adam and W = B A at one rate for all look worse than they are. A tenth of the updates warms up, a
 * cosine goes down to a tenth, gradients are clipped at 1 (not where weights move layer by layer);
 * moments 0.9, 0.999, epsilon 1e-6 before the bias is corrected (GaLore's script) in all of them.
 */
#ifndef LOWRANK_SHARED_PUPIL_H
#define LOWRANK_SHARED_PUPIL_H

#include "experiments/shared/method.h"
#include "experiments/shared/networks.h"
#include "experiments/shared/training.h"

struct pupil_setting {
    struct method_settings method;
    enum optimizer optimizer; /* of the talk's Adam: adamw */
    double scale, lr;
    bool constant; /* the rate is, and nothing is clipped */
    enum attndyn_galore_form form;
    double epsilon; /* 0: 1e-6 */
};

struct pupil {
    struct pupil_setting setting;
    struct network network;
    struct network_feed feed;
    struct learner learner;
    uint64_t seen; /* minibatches that the feed has given */
};

/* The network at its start, its optimiser, its minibatches. All belongs to the context; close ends
 * the generator. */
enum attndyn_status pupil_open(const struct trial *run, const struct network_recipe *recipe,
                               const struct pupil_setting *setting, struct pupil *pupil);
void pupil_close(struct pupil *pupil);
/* The next update alone. */
enum attndyn_status pupil_update(struct attndyn_context *ctx, struct pupil *pupil);
/* The learner, the minibatches and the length of the training at hand; look, with, arrays are the
 * caller's. */
void pupil_train(struct pupil *pupil, struct training *training);

/* Bytes that the method has to hold. Of a factored map the weights and gradients of its factors (W
 * itself and its gradient are the engine's scratch), of adapters W_0, too. */
struct pupil_bytes {
    double weights, gradients, states, activations;
};
/* Of one of the model's parameters (activations: none). */
struct pupil_bytes pupil_bytes_of(const struct pupil *pupil, size_t parameter);
/* Of all of it. Weights that move layer by layer: the gradients of one block, and of what is no
 * block's. */
struct pupil_bytes pupil_bytes(const struct pupil *pupil);
/* Is it a map: moved in a subspace, or by factors, where the method does so? */
bool pupil_map(const struct attndyn_parameter *parameter);

#endif
