/* Networks of different shapes, each at the learning rate that suits it: every rate is tried with
 * every seed. */
#ifndef MOBILE_SHARED_TUNING_H
#define MOBILE_SHARED_TUNING_H

#include "experiments/shared/networks.h"
#include "experiments/shared/paired.h"

/* What a user sets of the trainings; X as in typed.h. `updates`: their default and doc. */
#define TUNING_TEXT(X)                                                                             \
    X(FILE, text, "",                                                                              \
      "text that the networks are trained on; empty: generated lines (sim/data/grammar.h)")        \
    X(INT, lines, "4000", "lines of the generated text", IN(100, 10000000), .only = "text=")
#define TUNING_UPDATES(X, updates_, words)                                                         \
    X(INT, length, "32", "tokens of a training sequence", IN(8, 65536))                            \
    X(INT, batch, "32", "sequences of an update", IN(1, 100000))                                   \
    X(INT, updates, updates_, words, IN(1, 100000000))                                             \
    X(REAL, decay, "0.1", "weight decay", IN(0, 10))
/* Columns of a training. */
#define TUNING_TRIED(X)                                                                            \
    X(REAL, rate, "largest learning rate")                                                         \
    X(INT, seed, "of start and windows")                                                           \
    X(REAL, loss, "validation", .unit = "nat/byte")

/* The recipe of a training by these parameters and `heads`: LLaMA's kind with as many key and value
 * heads. Width, hidden units and layers are left to be set. */
struct network_recipe tuning_recipe(const struct trial *run, double rate, double seed);

struct tuning {
    struct reals rates, seeds;
    /* Of the network that `user` says, at a rate and with a seed: what it is trained by, and what
     * becomes of its loss. */
    enum attndyn_status (*recipe)(const struct trial *run, const void *user, double rate,
                                  double seed, struct network_recipe *recipe);
    enum attndyn_status (*row)(const struct trial *run, const void *user, double rate, double seed,
                               double loss);
    const void *user;
};
/* A network at the rate of least mean loss over the seeds. */
struct tuned {
    double rate, *loss; /* (seeds), owned by the context */
    bool at_edge;       /* it is the first or the last of the rates */
    struct paired mean;
};
/* ATTNDYN_RUN_FAILED where no rate gives a loss; `what` then says of which network: "at depth 2".
 */
enum attndyn_status tuning_run(const struct trial *run, const struct tuning *tuning,
                               const char *what, struct tuned *tuned);

#endif
