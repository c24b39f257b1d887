/* What the learning rates do: gain and entropies of the flow against eta_Y, eta_Z and their ratio
 * (lr_ratio.c), and the paper's figure 6, which is SGD (figure6.c), beside what its authors have
 * published (published.c); claims.c judges. */
#ifndef SCANSNAP_LR_RATIO_LR_RATIO_H
#define SCANSNAP_LR_RATIO_LR_RATIO_H

#include "experiments/scansnap/shared/sgd.h"
#include "experiments/scansnap/shared/symmetric.h"

#define LR_RATIO(X)                                                                                \
    X(INT, flow_classes, "20", "classes K of the sweeps of eta_Y and eta_Z", IN(2, 100000))        \
    X(INT, flow_per_last, "2", "classes per last token, N, of these sweeps", IN(1, 1000))          \
    X(REAL, t_end, "1000", "time t at which these sweeps are read", IN(1e-3, 1e12))                \
    X(REAL, eta_y, "10", "eta_Y while eta_Z is swept", IN(1e-9, 1e9))                              \
    X(REAL, eta_z, "1", "eta_Z while eta_Y is swept", IN(1e-9, 1e9))                               \
    X(REALS, sweep_eta_z, "0.01,0.03,0.1,0.3,1,3,10,30,100", "values of eta_Z", IN(1e-9, 1e9))     \
    X(REALS, sweep_eta_y, "0.01,0.03,0.1,0.3,1,3,10,30,100,300,1000", "values of eta_Y",           \
      IN(1e-9, 1e9))                                                                               \
    X(REALS, sweep_both, "0.1,1,10", "factors by which both rates are multiplied", IN(1e-6, 1e6))  \
    X(REALS, entropy_classes, "2,20",                                                              \
      "numbers of classes K of the sweeps of eta_Y/eta_Z; classes per last token N = 2 (1 where "  \
      "K is odd)",                                                                                 \
      IN(2, 1e5))                                                                                  \
    X(REALS, entropy_times, "1000,100", "times t at which these are read", IN(1e-3, 1e12))         \
    X(REALS, entropy_eta_z, "0.5,1", "eta_Z of these sweeps", IN(1e-9, 1e9))                       \
    X(REALS, entropy_ratios, "0.1,0.2,0.5,1,2,5,10,30,100,300",                                    \
      "values of eta_Y/eta_Z, of these sweeps and of the curves in time", IN(1e-3, 1e6))           \
    SOLVER_TOLERANCES(X, "1e-10")                                                                  \
    X(REALS, num_last, "1,3,5,10", "last tokens L of figure 6", IN(1, 1e4))                        \
    X(INT, num_next_per_last, "2", "classes N per last token", IN(1, 1000))                        \
    SYMMETRIC_TOKENS(X)                                                                            \
    X(INT, seq_len, "128", "length T of a sample, the last token included; 0: infinitely long",    \
      IN(0, 100000))                                                                               \
    X(INT, batch, "128", "samples of a step; 0: the population", IN(0, 1000000))                   \
    X(INT, steps, "100", "updates of a training", IN(1, 10000000))                                 \
    X(REALS, lr_z, "0.5,1,2,3", "learning rates of Z", IN(1e-9, 1e6))                              \
    X(REALS, lr_ratio, "1,2,5,10", "learning rates of Y over those of Z", IN(1e-6, 1e6))           \
    X(REAL, momentum, "0.9", "momentum of both updates", IN(0, 0.9999))                            \
    X(CHOICE, init, "uniform", "start of Y and Z: zeros, or uniform in +-1/sqrt(M)")               \
    X(INT, seeds, "10", "trainings of each cell", IN(2, 1000))                                     \
    X(INT, seed, "1", "seed of the first; the others follow")
PARAMS(lr_ratio, LR_RATIO)

#define ENTROPIES(X)                                                                               \
    X(REAL, entropy_distinct, "entropy of c_n over the class's distinct tokens, renormalised",     \
      .unit = "nat")                                                                               \
    X(REAL, entropy_support, "entropy of c_n over its support", .unit = "nat")

#define FLOW(X)                                                                                    \
    X(TEXT, sweep, "eta_z, eta_y, both, or both_time: the time is scaled instead")                 \
    X(REAL, factor, "the value of the rate that is swept; both: the factor")                       \
    X(REAL, eta_y, "rate of Y")                                                                    \
    X(REAL, eta_z, "rate of Z")                                                                    \
    X(REAL, t, "time t")                                                                           \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, rho_sigma2, "rho sigma^2, sigma the internal time, rho = (eta_Z/eta_Y) K/(K-1)")       \
    X(REAL, B, "gain B_n")                                                                         \
    ENTROPIES(X)                                                                                   \
    X(REAL, common_mass, "share of c_n on the common tokens")
TABLE(flow, FLOW, "gain and entropies at a fixed time, by the rates")

#define ENTROPY(X)                                                                                 \
    X(INT, K, "number of classes K")                                                               \
    X(REAL, t, "time t")                                                                           \
    X(REAL, eta_z, "rate of Z")                                                                    \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    ENTROPIES(X)                                                                                   \
    X(REAL, B, "gain B_n")
TABLE(entropy, ENTROPY, "entropies at fixed t and eta_Z, by eta_Y/eta_Z")

#define TIME(X)                                                                                    \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    ENTROPIES(X)                                                                                   \
    X(REAL, B, "gain B_n")
TABLE(time, TIME, "entropies in time for each ratio")

#define FIGURE6(X)                                                                                 \
    X(INT, num_last, "last tokens L")                                                              \
    X(REAL, lr_z, "learning rate of Z")                                                            \
    X(REAL, lr_ratio, "learning rate of Y over that of Z")                                         \
    X(REAL, mean,                                                                                  \
      "entropy of c_n over the class's distinct tokens, renormalised, mean over classes and "      \
      "seeds",                                                                                     \
      .unit = "nat")                                                                               \
    X(REAL, sd, "its standard deviation over the seeds", .unit = "nat")                            \
    X(INT, n, "seeds")                                                                             \
    X(REAL, support_mean, "entropy of c_n over its whole support, mean over classes and seeds",    \
      .unit = "nat")                                                                               \
    X(REAL, support_sd, "its standard deviation over the seeds", .unit = "nat")                    \
    X(REAL, loss_mean, "population loss after the last update, mean over seeds", .unit = "nat")    \
    X(REAL, flow,                                                                                  \
      "entropy over the distinct tokens by the flow from zero, at t = steps/(1 - momentum)",       \
      .unit = "nat")                                                                               \
    X(OPTIONAL, published_mean,                                                                    \
      "the authors' mean over 10 seeds of theirs; empty where they have no such cell",             \
      .unit = "nat")                                                                               \
    X(OPTIONAL, published_sd, "the authors' standard deviation", .unit = "nat")                    \
    X(OPTIONAL, apart, "mean less the authors' mean, in standard errors of the difference")
TABLE(figure6, FIGURE6, "average entropy of c_n after SGD: the paper's figure 6")

#define RUNS(X)                                                                                    \
    X(INT, num_last, "last tokens L")                                                              \
    X(REAL, lr_z, "learning rate of Z")                                                            \
    X(REAL, lr_ratio, "learning rate of Y over that of Z")                                         \
    X(INT, seed, "seed of the run")                                                                \
    X(REAL, entropy_distinct,                                                                      \
      "entropy of c_n over the class's distinct tokens, renormalised, mean over classes",          \
      .unit = "nat")                                                                               \
    X(REAL, entropy_support, "entropy of c_n over its support, mean over classes", .unit = "nat")  \
    X(REAL, loss, "loss of the last batch, before its update", .unit = "nat")
TABLE(runs, RUNS, "every training behind the table figure6")

/* A cell's entropy over the distinct tokens by descent on the population from zero, with `finer`
 * times as many updates at rates so many times smaller. */
enum attndyn_status lr_ratio_descent(struct attndyn_context *ctx, const struct lr_ratio *p,
                                     const struct figure6 *cell, double finer, double *entropy);
/* Trains every cell of figure 6 and emits the tables figure6 and runs. */
enum attndyn_status lr_ratio_figure6(const struct trial *run, const struct lr_ratio *p);

struct published {
    double mean, sd; /* over 10 seeds */
};
/* The authors' cell of figure 6 (published.c); false where they have none. */
bool lr_ratio_published(long num_last, double lr_z, double lr_ratio, struct published *cell);
/* The setting of figure 6; cells and seeds may differ. */
bool lr_ratio_of_figure6(const struct lr_ratio *p);

extern const struct check *const lr_ratio_claims[];

#endif
