/* JoMA's Theorem 1 for softmax attention, and the paper's Figures 2 and 3. invariant_softmax.c
 * trains the cases, training.c watches one, violation.c violates the condition; claims.c judges. */
#ifndef JOMA_INVARIANT_SOFTMAX_INVARIANT_SOFTMAX_H
#define JOMA_INVARIANT_SOFTMAX_INVARIANT_SOFTMAX_H

#include "experiments/frame/contract/typed.h"
#include "training.h"

#define ATTENTION(C) C(attention_softmax, "softmax")
CHOICES(attention, ATTENTION)
#define LOSS(C) C(loss_ce, "ce") C(loss_mse, "mse")
CHOICES(loss, LOSS)
#define INVARIANT_SOFTMAX(X)                                                                       \
    X(CHOICE, attention, "softmax", "linear and exp attention are in joma/invariant")              \
    X(NAMED(attndyn_activation_kind, attndyn_activation_named,                                     \
            "linear|relu|tanh|quadratic|gelu|leaky-relu|cubic|erf|silu"),                          \
      activation, "linear", "of the hidden nodes; the paper's is linear")                          \
    X(CHOICE, loss, "ce", "of the training; a fixed gradient, onehot - 1/K, is run beside it")     \
    X(INT, M, "20", "contextual tokens", IN(2, 500))                                               \
    X(INT, distinct, "10", "of these, the ones that move with the class in the gaussian case",     \
      IN(0, 500))                                                                                  \
    X(INT, K, "20", "classes: hidden nodes", IN(2, 500))                                           \
    X(INT, N, "20", "samples, with labels i mod K", IN(2, 500))                                    \
    X(INT, seed, "1", "first seed")                                                                \
    X(INT, seeds, "10", "runs of each case, seed, seed + 1, ...", IN(1, 1000))                     \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "stream: X = U(M,N)/2, V = scale N(M,K), xi = scale N(K), z = scale N(M), row-major")        \
    X(REAL, eta_w, "1", "learning rate of w, times lr", IN(1e-6, 1e6))                             \
    X(REAL, eta_z, "1", "learning rate of z, times lr", IN(1e-6, 1e6))                             \
    X(REAL, temperature, "0.5", "T of the softmax", IN(1e-3, 1e3))                                 \
    X(REAL, scale, "0.01", "standard deviation of the parameters at the start", IN(0, 100))        \
    X(REAL, width, "30", "of exp(-(l - D i/N)^2/width), gaussian case", IN(1e-3, 1e9))             \
    X(REAL, lr, "0.1", "rate of gradient descent", IN(1e-9, 1e3))                                  \
    X(INT, steps, "2000", "updates", IN(4, 10000000))                                              \
    X(INT, every, "20", "iterations between rows", IN(1, 1000000))                                 \
    X(REAL, t_end, "10",                                                                           \
      "controlled violation: horizon of the flow; also seen at a tenth and a thousandth",          \
      IN(1e-6, 1e6))                                                                               \
    X(REALS, delta, "0,1e-4,1e-3,1e-2,0.1,1", "controlled violation: spread of the samples",       \
      IN(0, 100))                                                                                  \
    X(INT, flow_M, "8", "controlled violation: tokens", IN(2, 500))                                \
    X(INT, flow_K, "3", "controlled violation: hidden nodes", IN(1, 500))                          \
    X(INT, flow_N, "6", "controlled violation: samples", IN(1, 500))                               \
    X(REALS, widths, "1000,300,100,30,10,3,1", "sweep of the width", IN(1e-3, 1e9))                \
    X(REALS, blends, "0,0.1,0.25,0.5,0.75,1", "sweep from gaussian (0) to random (1)", IN(0, 1))   \
    X(INT, sweep_seeds, "5", "runs of each point of the sweeps", IN(1, 1000))
PARAMS(invariant_softmax, INVARIANT_SOFTMAX)

/* What is measured at an iteration: Q(X, name, its place in softmax_seen, in words). */
#define QUANTITIES(Q, X)                                                                           \
    Q(X, nc, holds.correlation, "NC of z^ with constant xbar and z")                               \
    Q(X, slope, holds.slope, "slope of z^ - z^(0) on z - z(0)")                                    \
    Q(X, error, holds.error, "|z^ - z|/|z|")                                                       \
    Q(X, nc_w, whole.correlation, "NC with |W|^2 in place of |V|^2, as in the authors' script")    \
    Q(X, nc_printed, printed.correlation, "NC of the printed form, without the factor 1/2")        \
    Q(X, slope_printed, printed.slope, "slope of the printed form")                                \
    Q(X, error_printed, printed.error, "relative error of the printed form")                       \
    Q(X, nc_moving, moving.correlation, "NC with int bbar d|V|^2/2")                               \
    Q(X, slope_moving, moving.slope, "slope with int bbar d|V|^2/2")                               \
    Q(X, error_moving, moving.error, "relative error with int bbar d|V|^2/2")                      \
    Q(X, nc_exact, exact.correlation, "NC with the exact second term")                             \
    Q(X, slope_exact, exact.slope, "slope with the exact second term")                             \
    Q(X, error_exact, exact.error, "relative error with the exact second term")                    \
    Q(X, nc_z1, nc_z1, "NC of z1^ = sum v^2/(2T) alone and z")                                     \
    Q(X, nc_z2, nc_z2, "NC of z2^ = -|V|^2 xbar/(2T) alone and z")                                 \
    Q(X, variation, variation, "total variation of the mean attention and xbar")                   \
    Q(X, residual, residual, "residual of the theorem's condition, relative")                      \
    Q(X, summed, summed, "sum_k g_k h'_k over its terms: 0 makes the printed condition hold")      \
    Q(X, loss, loss, "loss")                                                                       \
    Q(X, entropy, entropy, "mean entropy of the attention")
#define AS_COLUMN(X, name, field, about) X(OPTIONAL, name, about)
#define AS_MEAN(X, name, field, about) X(OPTIONAL, name, "mean: " about)
#define AS_SD(X, name, field, about)                                                               \
    X(OPTIONAL, name##_sd, "standard deviation over the seeds: " about)

#define ITERATIONS(X)                                                                              \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(TEXT, gradient, "the loss, or fixed")                                                        \
    X(INT, seed, "of the run")                                                                     \
    X(INT, iteration, "updates done")                                                              \
    QUANTITIES(AS_COLUMN, X)
TABLE(iterations, ITERATIONS, "Figure 2: the first seed's runs")

#define MEANS(X)                                                                                   \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(TEXT, gradient, "the loss, or fixed")                                                        \
    X(INT, seeds, "runs")                                                                          \
    X(INT, iteration, "updates done")                                                              \
    QUANTITIES(AS_MEAN, X)                                                                         \
    QUANTITIES(AS_SD, X)
TABLE(means, MEANS, "Figure 2: over the seeds")

#define DISTRIBUTION(X)                                                                            \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(INT, sample, "i")                                                                            \
    X(INT, token, "l")                                                                             \
    X(REAL, x, "P(l | sample), first seed")
TABLE(distribution, DISTRIBUTION, "Figure 2: X")

#define WEIGHTS(X)                                                                                 \
    X(TEXT, stage, "start or end")                                                                 \
    X(INT, class, "k")                                                                             \
    X(INT, token, "l")                                                                             \
    X(REAL, v, "v_lk; gaussian case, first seed")
TABLE(weights, WEIGHTS, "Figure 3: V at the start and at the end")

#define COMPONENTS(X)                                                                              \
    X(INT, iteration, "updates done")                                                              \
    X(INT, token, "l")                                                                             \
    X(REAL, v, "v_l0; gaussian case, first seed")
TABLE(components, COMPONENTS, "Figure 3: the first column of V in training")

#define VIOLATION(X)                                                                               \
    X(REAL, delta, "spread of the samples; 0: all share one attention")                            \
    X(REAL, t, "time")                                                                             \
    X(REAL, moving, "|z^ - z|/|z| with int bbar d|V|^2/2")                                         \
    X(REAL, constant, "the same with constant bbar(0)")                                            \
    X(REAL, printed, "with constant bbar(0), and without the factor 1/2")                          \
    X(REAL, motion, "largest total variation of bbar and bbar(0) so far")                          \
    X(REAL, allowed,                                                                               \
      "what that motion lets the constant form err: (r/2T) int |bbar - bbar(0)| d|V|^2 over |z|")
TABLE(violation, VIOLATION, "flows with controlled violation of the condition")

#define SWEEP(X)                                                                                   \
    X(TEXT, kind, "width or blend")                                                                \
    X(REAL, value, "of it")                                                                        \
    X(INT, seeds, "runs")                                                                          \
    X(REAL, nc, "final NC, mean")                                                                  \
    X(OPTIONAL, nc_sd, "its standard deviation over the seeds")                                    \
    X(REAL, error, "final |z^ - z|/|z|, mean")                                                     \
    X(OPTIONAL, error_sd, "its standard deviation over the seeds")                                 \
    X(REAL, slope, "final slope, mean")                                                            \
    X(REAL, variation, "final total variation of bbar and xbar, mean")                             \
    X(REAL, residual, "final residual of the condition, mean")
TABLE(sweep, SWEEP,
      "violation by width and by blend, in Figure 2's "
      "setting")

#define ORDERS(X)                                                                                  \
    X(REAL, lr, "rate of descent")                                                                 \
    X(INT, iteration, "updates done: lr x iteration is the same")                                  \
    X(REAL, exact, "relative error with the exact second term")                                    \
    X(REAL, moving, "with int bbar d|V|^2/2")                                                      \
    X(REAL, constant, "with constant xbar")
TABLE(orders, ORDERS, "error against the rate of descent")

#define OUTCOME(X)                                                                                 \
    X(REAL, nc, "final NC of the first gaussian run")                                              \
    X(REAL, slope, "its slope")                                                                    \
    X(REAL, error, "its relative error")                                                           \
    X(REAL, nc_random, "final NC of the first random run")                                         \
    X(REAL, sum_z,                                                                                 \
      "largest change of sum_l z_l in any run, over the largest |z_l| where that is above 1")      \
    X(REAL, early_summed, "z(0) = 0, a hundredth of the updates: summed, as in means")             \
    X(REAL, early_motion, "total variation of bbar since the start there")                         \
    X(REAL, early_error, "relative error there of the form with constant mean attention")          \
    X(REAL, early_exact, "of that with the exact second term")
SCALARS(outcome, OUTCOME)

/* The setting that the parameters name. */
struct attndyn_joma_classes_spec softmax_spec(const struct invariant_softmax *p);
/* `violation`: flows on samples X_li = base_l exp(delta noise), which share one attention for
 * delta = 0. */
enum attndyn_status violation_flows(const struct trial *run, const struct invariant_softmax *p);
/* `sweep`: final quality in Figure 2's setting by width, and by blend of gaussian and random. */
enum attndyn_status violation_sweeps(const struct trial *run, const struct invariant_softmax *p);
/* `orders`: error of the exact form at a fixed horizon against the rate of descent. */
enum attndyn_status violation_orders(const struct trial *run, const struct invariant_softmax *p);

/* Figure 2's setting before bbar has moved, from z = 0, at a tenth of the rate. */
enum attndyn_status violation_early(const struct trial *run, const struct invariant_softmax *p);

extern const struct check *const invariant_softmax_claims[];

#endif
