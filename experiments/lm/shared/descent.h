/* How the updates of a training are made, where the experiment leaves it to the user: the optimiser
 * and what it moves, by their names. */
#ifndef LM_SHARED_DESCENT_H
#define LM_SHARED_DESCENT_H

#include "experiments/shared/method.h"

/* only_, and_: the condition under which the run trains, by itself and behind another; NULL and "":
 * always. */
#define DESCENT_WHERE(X, what_, optimizer_, decay_, only_, and_)                                   \
    X(CHOICE, optimizer, optimizer_, what_ "; all but sgd: beta 0.9 and 0.999 (adafactor: 0.9)",   \
      .only = only_)                                                                               \
    X(REAL, momentum, "0", "of sgd", IN(0, 0.9999), .only = "optimizer=sgd" and_)                  \
    X(REAL, weight_decay, decay_, "added to the gradient, times w; adamw: taken off the weights",  \
      IN(0, 10), .only = only_)                                                                    \
    METHOD(X, "full", "8", "200", "0.25", only_)
#define DESCENT_OF(X, what_, optimizer_, decay_)                                                   \
    DESCENT_WHERE(X, what_, optimizer_, decay_, NULL, "")
#define DESCENT(X, optimizer_) DESCENT_OF(X, "of the updates", optimizer_, "0")
/* Where the run may be of published networks instead. */
#define DESCENT_OR_PUBLISHED(X, what_, optimizer_)                                                 \
    DESCENT_WHERE(X, what_, optimizer_, "0", "model=", " model=")
#define DESCENT_SETTINGS(X) DESCENT(X, "")
PARAMS(descent, DESCENT_SETTINGS)

/* The learner's adapters and optimiser by the run's parameters (DESCENT); its network is made,
 * initialised, and frozen where it stays. clip 0: none. group NULL: one rate for all. */
enum attndyn_status descent_optimise(const struct trial *run, double clip,
                                     const struct attndyn_optimizer_group *group, uint64_t seed,
                                     struct learner *learner);

#endif
