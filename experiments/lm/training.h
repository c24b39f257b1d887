/* The trainings of lm as long runs: saved while they go, taken up again with --resume. */
#ifndef LM_TRAINING_H
#define LM_TRAINING_H

#include "sim/model/transformer/checkpoint.h"
#include "text_model.h"

struct text_training {
    struct text_model *t;
    struct results *results;
    /* The experiment's own sums over the training; NULL: none. */
    const struct attndyn_checkpoint_array *arrays;
    size_t n_arrays;
    size_t emitted; /* rows when the last step was made */
};

/* Before the first step, network and optimiser made: takes up the folder's checkpoint where
 * --resume asks for it. What was emitted and noted so far is then replaced by what the checkpoint
 * stands for; t->step says where the training stands. */
enum attndyn_status text_training_begin(struct attndyn_context *ctx,
                                        struct text_training *training);
/* text_model_step; then the training is saved where that is due, and after the last step. The look
 * at the network that belongs to t->step comes after it: it is made again when the training is
 * taken up. */
enum attndyn_status text_training_step(struct attndyn_context *ctx, struct text_training *training);
/* After the loop, with its status, which is returned: an interrupted training is saved, unless the
 * interrupt came in the middle of a look's rows; the last save then stands. */
enum attndyn_status text_training_end(struct attndyn_context *ctx, struct text_training *training,
                                      enum attndyn_status status);

#endif
