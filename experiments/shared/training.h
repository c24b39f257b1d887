/* The one training loop of networks on text: looks and updates in turn, saved while it goes, taken
 * up again with
 * --resume. A run is one training or several, one after the other (seeds, variants), each with its
 * network. */
#ifndef SHARED_TRAINING_H
#define SHARED_TRAINING_H

#include "experiments/frame/contract/typed.h"
#include "experiments/shared/learner.h"
#include "sim/model/transformer/checkpoint.h"

enum { TRAINING_COUNTERS = 4 }; /* of an experiment's own, at most */

struct training {
    const struct trial *run;
    uint64_t number, last; /* of the training at hand; of the run's last one */
    uint64_t steps;        /* updates of each training */
    const char *what;      /* what progress counts, and how many of them an update takes */
    double each;
    void *with; /* the experiment's own, for the functions below */

    /* Set for each training before training_go. */
    struct learner *learner;
    uint64_t data; /* fingerprint of what is trained on, where that is no function of parameters */
    void *source;  /* of its batches */
    /* The batch of update learner->step. */
    struct attndyn_batch (*batch)(struct training *training);
    /* Before the first update and after every one; it knows whether it is time. */
    enum attndyn_status (*look)(struct training *training);
    /* Called after each update, even if an interrupt then ends the run; may be NULL. */
    void (*updated)(struct training *training);
    /* Network, counters and arrays are at their start, or as they were saved; NULL: the same. */
    void (*taken)(struct training *training);
    /* What is saved beside the learner: the experiment's counters, and its sums of all trainings
     * so far. */
    struct attndyn_checkpoint_counter counters[TRAINING_COUNTERS];
    size_t n_counters;
    const struct attndyn_checkpoint_array *arrays;
    size_t n_arrays;

    /* training.c's own */
    bool held;      /* the training at hand stands in the folder, and was not taken yet */
    size_t emitted; /* rows when the last step was made */
};

/* The run: one(training) for every number up to the last, which makes network and optimiser and
 * calls training_go; its memory is released. Where --resume finds a checkpoint it begins with that
 * one's number; those before it are done, and stand in the arrays and in the tables. Interrupted,
 * it is saved, unless that came in the middle of a look's rows, or before the training's first
 * update; the last save then stands. */
enum attndyn_status training_run(struct training *training,
                                 enum attndyn_status (*one)(struct training *training));
/* From the start, or from where it is taken up, to the last update and the look after it. Looks
 * that belong to a saved update are made again when it is taken up. */
enum attndyn_status training_go(struct training *training);
/* Is the training at hand taken up, and not from its start? Before training_go: what it emits and
 * sums before that will be replaced by what was saved. */
static inline bool training_held(const struct training *training) {
    return training->held;
}

#endif
