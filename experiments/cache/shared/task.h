/* Training on sequences that are drawn as they are needed: tasks whose statistics are known. */
#ifndef CACHE_SHARED_TASK_H
#define CACHE_SHARED_TASK_H

#include "experiments/shared/paired.h"
#include "experiments/shared/training.h"
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"

/* What draws a sequence: tokens (length), targets (length), ATTNDYN_TARGET_NONE where none counts.
 */
typedef void task_draw(const void *task, struct attndyn_random *random, size_t length,
                       uint32_t *tokens, uint32_t *targets);

struct task_training {
    const void *task;
    task_draw *draw;
    size_t batch, length;
    uint64_t seed;
    double lr, decay;
    /* Called with the network after `done` updates, 0 among them; NULL: never. Where the run is
     * taken up, again with what a saved update showed. */
    enum attndyn_status (*look)(void *user, struct attndyn_transformer *model, uint64_t done);
    void *user;
};

/* A network of this config, drawn and trained: AdamW (0.9, 0.95), gradients clipped at 1, a tenth
 * of warm-up (100 updates at most), then cosine to a tenth. Owned by the context. Networks of this
 * size get one thread from here on: results do not depend on it. It is the training at hand of a
 * run's (experiments/shared/training.h), of which it sets all but run, last, steps, what, each and
 * with; so it is saved and taken up with them. */
enum attndyn_status task_train(struct training *run,
                               const struct attndyn_transformer_config *config,
                               const struct task_training *task,
                               struct attndyn_transformer **model);

#endif
