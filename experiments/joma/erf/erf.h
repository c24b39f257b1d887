/* Theorem 2 of JoMA: one hidden node, linear activation, constant delta. erf.c integrates the four
 * attentions, blow_up.c compares integrators and draws starts, claims.c judges. */
#ifndef JOMA_ERF_ERF_H
#define JOMA_ERF_ERF_H

#include "experiments/frame/contract/typed.h"
#include "sim/base/random.h"
#include "sim/model/joma/folded.h"
#include "theory/joma/erf.h"

#define ATTENTION(C)                                                                               \
    C(attention_exp, "exp")                                                                        \
    C(attention_normalised, "normalised")                                                          \
    C(attention_corrected, "corrected") C(attention_linear, "linear")
CHOICES(attention, ATTENTION)
#define CLOCK(C) C(clock_rescaled, "rescaled") C(clock_original, "original")
CHOICES(clock, CLOCK)
#define ERF(X)                                                                                     \
    X(REALS, delta, "1,0.8,-0.6,0.3,0.1", "delta_l = E[g x_l], one for each token l",              \
      IN(-1e6, 1e6))                                                                               \
    X(REALS, v0, "0", "v_l(0), one for each token, or one for all", IN(-30, 30))                   \
    X(REALS, c, "0",                                                                               \
      "c_l of z_l = (eta_z/eta_w) v_l^2/2 + c_l: one for each token, or one for all",              \
      IN(-300, 300))                                                                               \
    X(REAL, eta_w, "1", "learning rate of the weights v, eta_w", IN(1e-9, 1e9))                    \
    X(REAL, eta_z, "1", "learning rate of the attention logits z, eta_z", IN(1e-9, 1e9))           \
    X(CHOICE, attention, "exp",                                                                    \
      "attention whose final state goes to the table `state`; all four are integrated")            \
    X(REALS, x, "",                                                                                \
      "x_l of the normaliser A = sum_l x_l exp(z_l), and bbar of the softmax correction (there "   \
      "scaled to sum 1), one for each token; empty: uniform",                                      \
      IN(1e-12, 1e12))                                                                             \
    X(REAL, z0, "1", "z_l(0) of linear attention", IN(1e-9, 1e9))                                  \
    X(REAL, t_end, "2",                                                                            \
      "horizon, time t; exponential attention ends at its blow-up if that comes first",            \
      IN(1e-9, 1e9))                                                                               \
    X(REAL, t_long, "10",                                                                          \
      "horizon of the two normalised attentions, unless one of them is `attention`",               \
      IN(1e-9, 1e9))                                                                               \
    X(REAL, v_stop, "6", "sqrt(eta_z/eta_w) |v| at which exponential attention is stopped",        \
      IN(0.1, 35))                                                                                 \
    X(CHOICE, clock, "rescaled",                                                                   \
      "rescaled: integrate in the path length of v, with the time as a state; original: in time")  \
    X(METHOD, method, "adams", "integrator of the run")                                            \
    X(REAL, rtol, "1e-12", "relative tolerance; absolute: 1/100", IN(1e-14, 1e-2))                 \
    X(REAL, step, "0.01", "step of rk4 and euler, in the units of the clock", IN(1e-6, 1),         \
      .only = "method=rk4|euler")                                                                  \
    X(REAL, output_step, "0.05", "path length between two outputs", IN(1e-4, 1))                   \
    X(REALS, rtols, "1e-6,1e-8,1e-10,1e-12,1e-13", "tolerances of the comparison of integrators",  \
      IN(1e-14, 1e-2))                                                                             \
    X(INT, trials, "40",                                                                           \
      "random instances (delta = N(0,1), v0 = v0_scale N(0,1), drawn in that order) that tell "    \
      "which token wins, and as many from v0 = 0",                                                 \
      IN(0, 100000))                                                                               \
    X(INT, trial_tokens, "5", "tokens of a random instance", IN(2, 1000), .only = "trials")        \
    X(REAL, v0_scale, "0.5", "standard deviation of v0 in the random instances", IN(0, 3),         \
      .only = "trials")                                                                            \
    X(INT, seed, "1", "seed of the random instances", .only = "trials")                            \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "random stream of the random instances", .only = "trials")
PARAMS(erf, ERF)

#define FLOW(X)                                                                                    \
    X(TEXT, attention, "exp, normalised, corrected or linear")                                     \
    X(OPTIONAL, s, "path length of v so far (clock=rescaled)")                                     \
    X(REAL, t, "time t")                                                                           \
    X(OPTIONAL, gap, "t* - t, the time left to the blow-up, from the leader's own erfc tail")      \
    X(INT, token, "token l")                                                                       \
    X(REAL, delta, "delta_l")                                                                      \
    X(REAL, v, "weight v_l")                                                                       \
    X(OPTIONAL, v_exact,                                                                           \
      "v_l in closed form at the same t, or at the same gap if that is below 1e-3 t*; empty for "  \
      "the softmax correction")                                                                    \
    X(REAL, p, "attention p_l = exp(z_l) / sum_i exp(z_i)")
TABLE(flow, FLOW, "every component over time")

#define COURSE(X)                                                                                  \
    X(TEXT, attention, "attention, as in the table flow")                                          \
    X(REAL, t, "time t")                                                                           \
    X(OPTIONAL, gap, "t* - t, the time left to the blow-up")                                       \
    X(REAL, v_max, "max_l |v_l|")                                                                  \
    X(REAL, entropy, "entropy of the attention p", .unit = "nat")                                  \
    X(OPTIONAL, spread,                                                                            \
      "relative spread over the tokens l of the invariant with erf(v_l/sqrt 2), for general v0, "  \
      "c and rates")                                                                               \
    X(OPTIONAL, spread_printed, "the same with erf(v_l/2), as the slide has it")
TABLE(course, COURSE, "entropy and invariant over time")

#define LIMITS(X)                                                                                  \
    X(INT, token, "token l")                                                                       \
    X(REAL, delta, "delta_l")                                                                      \
    X(REAL, v0, "v_l(0)")                                                                          \
    X(OPTIONAL, t_star, "the token's own blow-up time; empty: never")                              \
    X(OPTIONAL, limit, "v_l at the blow-up t*; empty: infinite, the winner's")                     \
    X(REAL, v_stop, "v_l where integration to the blow-up stopped")
TABLE(limits, LIMITS, "blow-up times and limits")

#define INTEGRATORS(X)                                                                             \
    X(TEXT, clock, "rescaled or original")                                                         \
    X(TEXT, method, "integrator")                                                                  \
    X(OPTIONAL, rtol, "relative tolerance; empty: fixed step")                                     \
    X(TEXT, outcome, "how it ended")                                                               \
    X(OPTIONAL, t_star_error, "|t + erfc tail - t*| / t*, at the end")                             \
    X(OPTIONAL, v_error,                                                                           \
      "largest error of v_l of a token that does not win, against the closed form")                \
    X(OPTIONAL, spread, "relative spread of the invariant at the end")                             \
    X(OPTIONAL, gap, "t* - t where it stopped")                                                    \
    X(INT, steps, "steps taken")                                                                   \
    X(INT, rhs, "evaluations of the right-hand side")
TABLE(integrators, INTEGRATORS,
      "each run to the blow-up of the exponential "
      "attention")

#define WINNERS(X)                                                                                 \
    X(INT, trial, "number of the random instance")                                                 \
    X(INT, winner, "token that blew up, by integration")                                           \
    X(INT, sign, "+1 or -1: towards which infinity")                                               \
    X(INT, sign_delta, "sign of its delta_l")                                                      \
    X(INT, first_time, "token with the earliest blow-up time of its own")                          \
    X(INT, largest_delta, "token with the largest |delta_l|")                                      \
    X(TEXT, start, "v(0): random, or zero")
TABLE(winners, WINNERS, "which token wins from random starts")

#define OUTCOME(X)                                                                                 \
    X(REAL, t_star, "blow-up time, closed form")                                                   \
    X(OPTIONAL, t_star_measured, "t + erfc tail where integration stopped")                        \
    X(REAL, gap, "t* - t at the end of the exponential run")                                       \
    X(REAL, v_max, "max_l |v_l| at that end")                                                      \
    X(REAL, entropy, "entropy of the attention p at that end", .unit = "nat")                      \
    X(REAL, v_error, "largest relative error of v_l at that end, against the closed form")         \
    X(REAL, linear_error, "linear attention: largest relative error at t_end")                     \
    X(REAL, normalised_error, "normalised attention: largest relative error at its end")           \
    X(REAL, normalised_slope, "d max_l |v_l|/dt of normalised attention at its end")               \
    X(REAL, normalised_slope_limit, "its limit, eta_w |delta_l| / x_l of the winner")              \
    X(REAL, corrected_spread, "spread of the invariant with the softmax correction at the end")
SCALARS(outcome, OUTCOME)

struct erf_case {
    const struct trial *run;
    const struct erf *p;
    size_t n;
    const double *delta, *v0, *c, *x, *bbar;
    struct attndyn_joma_erf *laws;
    double eta_w, rho, t_star;
    size_t winner;
    bool printed_applies;  /* equal c and rho = 1, the case of Theorem 2 */
    double *share, *exact; /* (n) scratch */
};

static inline struct attndyn_joma_folded erf_model_of(const struct erf_case *e) {
    return (struct attndyn_joma_folded){.tokens = e->n,
                                        .nodes = 1,
                                        .delta = e->delta,
                                        .c = e->c,
                                        .eta_w = e->eta_w,
                                        .rho = e->rho,
                                        .stop_at = e->p->v_stop,
                                        .t_end = e->p->t_end};
}

static inline struct attndyn_ode_options erf_options_of(const struct erf_case *e,
                                                        enum attndyn_ode_method method,
                                                        double rtol) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol, options.atol = rtol / 100;
    options.step = e->p->step;
    return options;
}

/* Each run to the blow-up of the exponential attention; the limits of the losers there. */
enum attndyn_status erf_integrators(struct erf_case *e);
/* Who wins from random starts. */
enum attndyn_status erf_random_starts(struct erf_case *e);

extern const struct check *const erf_claims[];

#endif
