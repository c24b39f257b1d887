/* K > 1 nodes that share one attention: what becomes low rank, and how fast. instance.c draws
 * them, low_rank.c holds the forms against closed ones, joint.c against the joint dynamics, ranks.c
 * follows the ranks, training.c trains; claims.c judges. */
#ifndef JOMA_LOW_RANK_LOW_RANK_H
#define JOMA_LOW_RANK_LOW_RANK_H

#include "experiments/frame/contract/typed.h"
#include "sim/base/random.h"
#include "sim/model/joma/folded.h"
#include "theory/joma/rows.h"

#define STUDY(C) C(study_all, "all") C(study_large, "large")
CHOICES(study, STUDY)
#define FAMILY(C)                                                                                  \
    C(family_normal, "normal")                                                                     \
    C(family_lognormal, "lognormal") C(family_zipf, "zipf") C(family_ce, "ce")
CHOICES(family, FAMILY)
#define LOW_RANK(X)                                                                                \
    X(CHOICE, study, "all",                                                                        \
      "all: every table; large: one Delta of `family` alone, by its own integrator, with an "      \
      "iterative stable rank")                                                                     \
    X(INT, M, "20", "tokens M of the rank curves", IN(2, 1000000))                                 \
    X(INT, K, "10", "nodes K of the rank curves", IN(2, 100000))                                   \
    X(INT, seeds, "5", "random Delta (M x K) of each family", IN(1, 10000))                        \
    X(INT, seed, "1", "the first seed")                                                            \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "random stream of all draws")                                                                \
    X(CHOICE, family, "normal",                                                                    \
      "Delta of the large study: N(0,1), N(0,1) with lognormal rows, N(0,1) with rows 1/l, or "    \
      "the cross-entropy gradient at zero",                                                        \
      .only = "study=large")                                                                       \
    X(REALS, radii, "1,2,3,4,5,8", "largest row norms of V at which ranks are taken, rising",      \
      IN(0.01, 30))                                                                                \
    X(INT, threshold_seeds, "20", "random Delta of each family for the table thresholds",          \
      IN(2, 10000))                                                                                \
    X(REALS, delta, "1,0.5,0.3,-0.8,-0.2,0.4", "Delta of the small instance, row by row",          \
      IN(-1e6, 1e6))                                                                               \
    X(INT, delta_K, "2", "nodes of the small instance", IN(1, 1000))                               \
    X(REALS, times, "0.5,1", "times of the small instance", IN(1e-9, 1e9))                         \
    X(REAL, rtol, "1e-13", "relative tolerance; absolute: 1/100", IN(1e-14, 1e-2))                 \
    X(INT, joint_M, "5", "tokens of the joint flow", IN(1, 1000))                                  \
    X(INT, joint_K, "3", "nodes of the joint flow", IN(1, 1000))                                   \
    X(INT, joint_N, "6", "samples of the joint flow", IN(1, 1000))                                 \
    X(INT, joint_seed, "3", "seed of the joint flow: X = U(M, N), then g = N(K, N)")               \
    X(REALS, joint_at, "0.3,0.6,0.9",                                                              \
      "fractions of the blow-up time t* at which the three forms are held against the joint "      \
      "flow",                                                                                      \
      IN(1e-6, 0.999))                                                                             \
    X(INT, winner_trials, "200", "random Delta for the table winners", IN(1, 100000))              \
    X(INT, winner_M, "10", "tokens of these", IN(2, 1000))                                         \
    X(INT, winner_K, "4", "nodes of these", IN(1, 1000))                                           \
    X(REALS, train_at, "100,1000,2000", "iterations of gradient descent at which ranks are taken", \
      IN(1, 1e7))                                                                                  \
    X(REAL, train_rate, "0.1", "learning rate of that descent", IN(1e-6, 10))                      \
    X(REAL, large_step, "0.03", "step of the large study's integrator", IN(1e-4, 1),               \
      .only = "study=large")                                                                       \
    X(REAL, rank_tolerance, "1e-7", "relative tolerance of the large study's spectral norms",      \
      IN(1e-14, 1e-2), .only = "study=large")
PARAMS(low_rank, LOW_RANK)

#define RANKS(X)                                                                                   \
    X(TEXT, family, "kind of Delta")                                                               \
    X(INT, seed, "seed of Delta")                                                                  \
    X(TEXT, form, "shared (A), printed (B) or separate (C)")                                       \
    X(REAL, radius, "largest row norm of V")                                                       \
    X(REAL, t, "time t")                                                                           \
    X(REAL, sr_delta, "stable rank of Delta")                                                      \
    X(REAL, sr_V, "stable rank of V")                                                              \
    X(REAL, sr_dV, "stable rank of dV/dt")                                                         \
    X(OPTIONAL, er_V, "effective rank of V")                                                       \
    X(OPTIONAL, er_dV, "effective rank of dV/dt")                                                  \
    X(OPTIONAL, error,                                                                             \
      "shared form: largest deviation from the closed form, of V at the winner's gap and of the "  \
      "time")
TABLE(ranks, RANKS, "ranks by the largest row norm of V")

#define FORMS(X)                                                                                   \
    X(TEXT, form, "shared, printed or separate")                                                   \
    X(TEXT, method, "integrator")                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(REAL, error, "largest |V - closed form|")                                                    \
    X(INT, steps, "steps")
TABLE(forms, FORMS, "each form against its closed form")

#define BLOW_UPS(X)                                                                                \
    X(INT, row, "token l, a row of Delta")                                                         \
    X(REAL, norm, "||Delta_l||")                                                                   \
    X(OPTIONAL, t_star, "blow-up time of its row")                                                 \
    X(OPTIONAL, t_star_printed, "its blow-up time by the printed form")                            \
    X(OPTIONAL, t_galore, "GaLore's sqrt(pi)/(2 ||Delta_l||), Eqs. 48 to 54")
TABLE(rows, BLOW_UPS, "blow-up times of the small instance")

#define JOINT(X)                                                                                   \
    X(REAL, fraction, "t / t*")                                                                    \
    X(REAL, t, "time t")                                                                           \
    X(REAL, shared, "relative difference of V from the shared form (A), ||V - V_A|| / ||V||")      \
    X(REAL, printed, "the same from the printed form (B), Delta divided by K")                     \
    X(REAL, separate, "the same from the separate form (C)")
TABLE(joint, JOINT, "the joint flow against the three forms")

#define THRESHOLDS(X)                                                                              \
    X(TEXT, family, "kind of Delta")                                                               \
    X(REAL, dV_radius, "radius from which sr(dV/dt) < 1.1, median")                                \
    X(REAL, dV_least, "the least such radius over the seeds")                                      \
    X(REAL, dV_most, "the largest such radius over the seeds")                                     \
    X(REAL, dV_time, "t / t* at the median radius")                                                \
    X(REAL, V_radius, "radius from which sr(V) < 1.1, median")                                     \
    X(REAL, V_least, "the least such radius over the seeds")                                       \
    X(REAL, V_most, "the largest such radius over the seeds")
TABLE(thresholds, THRESHOLDS, "when the stable rank falls below 1.1 (shared form)")

#define APPROACH(X)                                                                                \
    X(TEXT, family, "kind of Delta")                                                               \
    X(REAL, radius, "largest row norm of V")                                                       \
    X(REAL, rest, "sr(V) - 1, geometric mean over the seeds (shared form, closed)")
TABLE(approach, APPROACH, "how V nears rank one")

#define WINNERS(X)                                                                                 \
    X(INT, trial, "number of the random Delta")                                                    \
    X(INT, shared, "row that blows up first in the shared form (A), by integration")               \
    X(INT, printed, "row that blows up first in the printed form (B), by integration")             \
    X(INT, largest_norm, "row of the largest ||Delta_l||")                                         \
    X(INT, first_printed, "row of the earliest blow-up time of (B), by quadrature")                \
    X(INT, largest_entry, "row of the largest |Delta_lk|")                                         \
    X(TEXT, draw, "normal, or lead: one row enlarged to mubar = 1.1 K times the next")             \
    X(REAL, margin, "largest mubar_l = max_k |Delta_lk| over K times the next")                    \
    X(REAL, printed_time, "sqrt(pi)/(2 mubar) over the blow-up time of (A)")
TABLE(winners, WINNERS, "which row blows up first")

#define TRAINING(X)                                                                                \
    X(TEXT, attention, "softmax or exp")                                                           \
    X(TEXT, gradient, "ce: gradient of the cross-entropy; fixed: that gradient held as at zero")   \
    X(INT, iteration, "updates made")                                                              \
    X(TEXT, outcome, "ok, or overflow: stopped at that iteration")                                 \
    X(OPTIONAL, sr_V, "stable rank of V")                                                          \
    X(OPTIONAL, sr_dV, "stable rank of its gradient")                                              \
    X(OPTIONAL, er_dV, "effective rank of its gradient")                                           \
    X(INT, leader, "row of V with the largest norm")
TABLE(training, TRAINING, "gradient descent on W and z")

#define OUTCOME(X)                                                                                 \
    X(REAL, t_star, "blow-up time of the small (or the large) instance, closed form")              \
    X(OPTIONAL, t_star_measured, "the same from an integration to radius 6")                       \
    X(OPTIONAL, t_star_galore, "the same as GaLore's appendix has it, A sqrt(pi)/(2 mubar)")       \
    X(OPTIONAL, one_measured, "one node, Delta = 1: blow-up time from an integration to radius 6") \
    X(OPTIONAL, one_galore, "the same as GaLore's appendix has it")                                \
    X(OPTIONAL, joint_t_star, "blow-up time of the joint flow")
SCALARS(outcome, OUTCOME)

/* The forms of the dynamics, by enum attndyn_joma_form. */
static const char *const form_names[] UNUSED = {"shared", "printed", "separate"};

/* Delta (m, k) of a family: N(0,1); N(0,1) with rows times exp(N/2), the factors drawn after;
 * N(0,1) with row l divided by l + 1; X (I - 11^T/K)/K with X = U(M, K), columns of sum 1 (the
 * cross-entropy gradient at zero). The stream is that of the parameter rng. */
enum attndyn_status low_rank_delta(struct attndyn_context *ctx, const struct low_rank *p,
                                   enum family family, uint64_t seed, size_t m, size_t k,
                                   double *delta);
/* Adams, BDF or RK4 (step 0.005) at the parameters' tolerance. */
struct attndyn_ode_options low_rank_options(const struct low_rank *p,
                                            enum attndyn_ode_method method);
/* From zero in path length, to radius 30. */
struct attndyn_joma_folded low_rank_model(size_t m, size_t k, const double *delta,
                                          enum attndyn_joma_form form);
/* The shared form from zero: the laws of the rows. */
void low_rank_laws(size_t m, size_t k, const double *delta, struct attndyn_joma_erf *laws);

/* Rank over radius for each family and form; thresholds; one large instance. */
enum attndyn_status low_rank_curves(const struct trial *run, const struct low_rank *p);
enum attndyn_status low_rank_thresholds(const struct trial *run, const struct low_rank *p);
enum attndyn_status low_rank_large(const struct trial *run, const struct low_rank *p);
/* Each form beside the joint dynamics, from zero. */
enum attndyn_status low_rank_joint(const struct trial *run, const struct low_rank *p);
/* Gradient descent on W and z together, with real and with fixed gradients. */
enum attndyn_status low_rank_training(const struct trial *run, const struct low_rank *p);

extern const struct check *const low_rank_claims[];

#endif
