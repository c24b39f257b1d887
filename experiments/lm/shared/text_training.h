/* Training on text, with looks at the network: what the experiments on one text model share. */
#ifndef LM_SHARED_TEXT_TRAINING_H
#define LM_SHARED_TEXT_TRAINING_H

#include "text_model.h"
#include "training.h"

struct text_training {
    struct text_model *t;
    struct results *results;
    /* The experiment's own sums over the training; NULL: none. */
    const struct attndyn_checkpoint_array *arrays;
    size_t n_arrays;
    /* Called before the first update and after every one; it knows whether it is time (t->step). */
    enum attndyn_status (*look)(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct results *results, void *with);
    void *with;
};

/* Text, network and optimiser by the parameters (TEXT_, NETWORK_ and TRAINING_PARAMS); *skipped
 * (with results_skip called) where the text is needed and absent. options NULL: Adam, the gradient
 * clipped at `clip`. */
enum attndyn_status text_training_prepare(struct attndyn_context *ctx, const struct params *p,
                                          struct results *results,
                                          const struct attndyn_optimizer_options *options,
                                          struct text_model *t, bool *skipped);
/* From the start, or from where --resume takes it up, to the last minibatch. */
enum attndyn_status text_training_run(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_training *training);

/* Sets what a training of t saves (counters, its own sums and the arrays given) and what it is
 * trained on, when network and optimiser are made; the rest of `training` is left alone. */
enum attndyn_status text_training_name(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_checkpoint_array *arrays,
                                       size_t n_arrays, struct training *training);

#endif
