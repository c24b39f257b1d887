/* The trainings of lm as long runs: saved while they go, taken up again with --resume. A run is one
 * training or several, one after the other (seeds, variants), each with its network. */
#ifndef LM_SHARED_TRAINING_H
#define LM_SHARED_TRAINING_H

#include "experiments/frame/contract/results.h"
#include "sim/model/transformer/checkpoint.h"

enum { TRAINING_COUNTERS = 6 }; /* at most */

struct training {
    struct results *results;
    uint64_t number, last; /* of the training at hand; of the run's last one */
    bool held;             /* the training at hand stands in the folder, and was not taken yet */
    /* Set for each training before training_take. */
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    uint64_t data; /* fingerprint of what is trained on, where that is no function of parameters */
    const uint64_t *step; /* updates made: one of the counters */
    uint64_t steps;       /* updates of each training */
    const char *what;     /* what progress counts, and how many of them an update takes */
    double each;
    struct attndyn_checkpoint_counter counters[TRAINING_COUNTERS]; /* the experiment's */
    size_t n_counters;
    const struct attndyn_checkpoint_array *arrays; /* its sums, of all trainings so far */
    size_t n_arrays;
    size_t emitted; /* rows when the last step was made */
};

/* Before anything else: where --resume finds a checkpoint, training->number is the one to go on
 * with; those before it are done, and stand in its arrays and in the tables. */
enum attndyn_status training_open(struct attndyn_context *ctx, struct training *training);
/* Before the first step of training->number, all of it made: fills it where it is held. What was
 * emitted, noted and summed so far is then replaced by what the checkpoint stands for. */
enum attndyn_status training_take(struct attndyn_context *ctx, struct training *training);
/* After an update that is counted, with its status, which is returned: an interrupt comes after
 * whole updates only. Shows progress over all trainings; saves where that is due, and after the
 * last update of all. Looks at the network that belong to this update come after it: they are made
 * again when the training is taken up. */
enum attndyn_status training_stepped(struct attndyn_context *ctx, struct training *training,
                                     enum attndyn_status status);
/* After the trainings, with their status, which is returned: an interrupted training is saved,
 * unless the interrupt came in the middle of a look's rows, or before the training's first update;
 * the last save then stands. */
enum attndyn_status training_end(struct attndyn_context *ctx, struct training *training,
                                 enum attndyn_status status);

#endif
