/* Learning rates over training: a factor of the base rate for each step, and the rule that divides
 * the rate when the validation loss stops falling. */
#ifndef ATTNDYN_NUM_OPTIM_SCHEDULE_H
#define ATTNDYN_NUM_OPTIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

enum attndyn_schedule_kind {
    ATTNDYN_SCHEDULE_CONSTANT,
    ATTNDYN_SCHEDULE_COSINE, /* from 1 to `floor` at `total`: Loshchilov and Hutter (2017) */
    ATTNDYN_SCHEDULE_LINEAR, /* from 1 to `floor` at `total` */
    ATTNDYN_SCHEDULE_STEP    /* gamma^(step / every): PyTorch's StepLR */
};

/* Warm-up comes first: (step + 1) / warmup while step < warmup; the rest counts from its end. */
struct attndyn_schedule {
    enum attndyn_schedule_kind kind;
    uint64_t warmup, total; /* steps; total includes the warm-up */
    double floor;           /* factor at the end */
    double gamma;
    uint64_t every;
};
/* The factor of step 0, 1, ...; after `total` it stays at the floor. */
double attndyn_schedule_factor(const struct attndyn_schedule *schedule, uint64_t step);

/* PyTorch's word_language_model: the rate is divided where an epoch's validation loss is no new
 * minimum. Start with {.divide_by = 4}. */
struct attndyn_plateau {
    double divide_by;
    double best; /* of the losses seen, where `seen` */
    bool seen;
    double factor; /* of the base rate; 0 until the first loss: 1 */
};
/* Takes a validation loss; returns the factor from here on. */
double attndyn_plateau_see(struct attndyn_plateau *plateau, double loss);

#endif
