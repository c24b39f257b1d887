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
      activation, "linear", "activation of the hidden nodes; the paper's is linear")               \
    X(CHOICE, loss, "ce",                                                                          \
      "loss of the training; a fixed gradient, onehot - 1/K, is run beside it")                    \
    X(INT, M, "20", "contextual tokens M", IN(2, 500))                                             \
    X(INT, distinct, "10", "contextual tokens D that move with the class in the gaussian case",    \
      IN(0, 500))                                                                                  \
    X(INT, K, "20", "classes K, which are the hidden nodes", IN(2, 500))                           \
    X(INT, N, "20", "samples N, sample i with label i mod K", IN(2, 500))                          \
    X(INT, seed, "1", "first seed")                                                                \
    X(INT, seeds, "10", "runs of each case, seed, seed + 1, ...", IN(1, 1000))                     \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "stream: X = U(M,N)/2, V = scale N(M,K), xi = scale N(K), z = scale N(M), row-major")        \
    X(REAL, eta_w, "1", "rate of the weights, times lr", IN(1e-6, 1e6))                            \
    X(REAL, eta_z, "1", "rate of the attention logits z, times lr", IN(1e-6, 1e6))                 \
    X(REAL, temperature, "0.5", "T of the softmax", IN(1e-3, 1e3))                                 \
    X(REAL, scale, "0.01", "standard deviation of the parameters at the start", IN(0, 100))        \
    X(REAL, width, "30",                                                                           \
      "width of exp(-(l - D i/N)^2/width), the tokens l of sample i in the gaussian case",         \
      IN(1e-3, 1e9))                                                                               \
    X(REAL, lr, "0.1", "learning rate of gradient descent", IN(1e-9, 1e3))                         \
    X(INT, steps, "2000", "updates of a training", IN(4, 10000000))                                \
    X(INT, every, "20", "updates between two rows", IN(1, 1000000))                                \
    X(REAL, t_end, "10",                                                                           \
      "controlled violation: horizon t of the flow; it is also read at a tenth and a thousandth "  \
      "of that",                                                                                   \
      IN(1e-6, 1e6))                                                                               \
    X(REALS, delta, "0,1e-4,1e-3,1e-2,0.1,1", "controlled violation: spread delta of the samples", \
      IN(0, 100))                                                                                  \
    X(INT, flow_M, "8", "controlled violation: tokens", IN(2, 500))                                \
    X(INT, flow_K, "3", "controlled violation: hidden nodes", IN(1, 500))                          \
    X(INT, flow_N, "6", "controlled violation: samples", IN(1, 500))                               \
    X(REALS, widths, "1000,300,100,30,10,3,1", "values of `width` in its sweep", IN(1e-3, 1e9))    \
    X(REALS, blends, "0,0.1,0.25,0.5,0.75,1",                                                      \
      "shares of the random case in the sweep from gaussian (0) to random (1)", IN(0, 1))          \
    X(INT, sweep_seeds, "5", "runs of each point of the sweeps", IN(1, 1000))
PARAMS(invariant_softmax, INVARIANT_SOFTMAX)

/* What is measured at an iteration: Q(X, name, its place in softmax_seen, in words). */
#define QUANTITIES(Q, X)                                                                           \
    Q(X, nc, holds.correlation,                                                                    \
      "NC, the centred correlation over tokens of z and its estimate z^ by the form with "         \
      "constant xbar")                                                                             \
    Q(X, slope, holds.slope, "slope of z^ - z^(0) on z - z(0)")                                    \
    Q(X, error, holds.error, "relative error |z^ - z|/|z| of that form")                           \
    Q(X, nc_w, whole.correlation, "NC with |W|^2 in place of |V|^2, as in the authors' script")    \
    Q(X, nc_printed, printed.correlation, "NC of the printed form, without the factor 1/2")        \
    Q(X, slope_printed, printed.slope, "slope of the printed form")                                \
    Q(X, error_printed, printed.error, "relative error of the printed form")                       \
    Q(X, nc_moving, moving.correlation, "NC by the form with int bbar d|V|^2/2")                   \
    Q(X, slope_moving, moving.slope, "slope by the form with int bbar d|V|^2/2")                   \
    Q(X, error_moving, moving.error, "relative error of the form with int bbar d|V|^2/2")          \
    Q(X, nc_exact, exact.correlation, "NC with the exact second term")                             \
    Q(X, slope_exact, exact.slope, "slope with the exact second term")                             \
    Q(X, error_exact, exact.error, "relative error with the exact second term")                    \
    Q(X, nc_z1, nc_z1, "NC of z and z1^ = sum_k v_lk^2/(2T) alone")                                \
    Q(X, nc_z2, nc_z2, "NC of z and z2^ = -|V|^2 xbar/(2T) alone")                                 \
    Q(X, variation, variation, "total variation distance of the mean attention bbar and xbar")     \
    Q(X, residual, residual, "relative residual of the theorem's condition")                       \
    Q(X, summed, summed,                                                                           \
      "sum_k g_k h'_k over the size of its terms: where it is 0 the printed condition holds")      \
    Q(X, loss, loss, "loss")                                                                       \
    Q(X, entropy, entropy, "entropy of the attention, mean over samples, in nat")
#define AS_COLUMN(X, name, field, about) X(OPTIONAL, name, about)
#define AS_MEAN(X, name, field, about) X(OPTIONAL, name, "mean: " about)
#define AS_SD(X, name, field, about)                                                               \
    X(OPTIONAL, name##_sd, "standard deviation over the seeds: " about)

#define ITERATIONS(X)                                                                              \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(TEXT, gradient, "the loss, or fixed")                                                        \
    X(INT, seed, "seed of the run")                                                                \
    X(INT, iteration, "updates made")                                                              \
    QUANTITIES(AS_COLUMN, X)
TABLE(iterations, ITERATIONS, "Figure 2: the first seed's runs")

#define MEANS(X)                                                                                   \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(TEXT, gradient, "the loss, or fixed")                                                        \
    X(INT, seeds, "runs that are averaged")                                                        \
    X(INT, iteration, "updates made")                                                              \
    QUANTITIES(AS_MEAN, X)                                                                         \
    QUANTITIES(AS_SD, X)
TABLE(means, MEANS, "Figure 2: over the seeds")

#define DISTRIBUTION(X)                                                                            \
    X(TEXT_AS("case"), which, "gaussian or random")                                                \
    X(INT, sample, "sample i")                                                                     \
    X(INT, token, "token l")                                                                       \
    X(REAL, x, "P(l | sample), first seed")
TABLE(distribution, DISTRIBUTION, "Figure 2: the samples' token distributions X")

#define WEIGHTS(X)                                                                                 \
    X(TEXT, stage, "start or end")                                                                 \
    X(INT, class, "class k")                                                                       \
    X(INT, token, "token l")                                                                       \
    X(REAL, v, "weight v_lk; gaussian case, first seed")
TABLE(weights, WEIGHTS, "Figure 3: V at the start and at the end")

#define COMPONENTS(X)                                                                              \
    X(INT, iteration, "updates made")                                                              \
    X(INT, token, "token l")                                                                       \
    X(REAL, v, "weight v_l0; gaussian case, first seed")
TABLE(components, COMPONENTS, "Figure 3: the first column of V in training")

#define VIOLATION(X)                                                                               \
    X(REAL, delta, "spread of the samples; 0: all share one attention")                            \
    X(REAL, t, "time t")                                                                           \
    X(REAL, moving,                                                                                \
      "relative error |z^ - z|/|z| of the attention logits by the form with int "                  \
      "bbar d|V|^2/2, bbar the mean attention as it moves")                                        \
    X(REAL, constant, "the same with bbar(0) for bbar")                                            \
    X(REAL, printed, "the same with bbar(0) and without the factor 1/2, as printed")               \
    X(REAL, motion, "largest total variation distance of bbar from bbar(0) so far")                \
    X(REAL, allowed,                                                                               \
      "what that motion lets the constant form err: (r/2T) int |bbar - bbar(0)| d|V|^2 over |z|")
TABLE(violation, VIOLATION, "flows with controlled violation of the condition")

#define SWEEP(X)                                                                                   \
    X(TEXT, kind, "width or blend")                                                                \
    X(REAL, value, "value of the width or blend")                                                  \
    X(INT, seeds, "runs that are averaged")                                                        \
    X(REAL, nc, "NC at the end, mean over the seeds")                                              \
    X(OPTIONAL, nc_sd, "standard deviation of NC over the seeds")                                  \
    X(REAL, error, "relative error |z^ - z|/|z| at the end, mean over the seeds")                  \
    X(OPTIONAL, error_sd, "standard deviation of that error over the seeds")                       \
    X(REAL, slope, "slope at the end, mean over the seeds")                                        \
    X(REAL, variation,                                                                             \
      "total variation distance of bbar and xbar at the end, mean over the seeds")                 \
    X(REAL, residual, "residual of the condition at the end, mean over the seeds")
TABLE(sweep, SWEEP,
      "violation by width and by blend, in Figure 2's "
      "setting")

#define ORDERS(X)                                                                                  \
    X(REAL, lr, "learning rate of descent")                                                        \
    X(INT, iteration, "updates made: lr x iteration is the same for all")                          \
    X(REAL, exact, "relative error |z^ - z|/|z| with the exact second term")                       \
    X(REAL, moving, "relative error of the form with int bbar d|V|^2/2")                           \
    X(REAL, constant, "relative error of the form with constant xbar")
TABLE(orders, ORDERS, "errors of the forms against the learning rate")

#define OUTCOME(X)                                                                                 \
    X(REAL, nc, "NC at the end of the first gaussian run")                                         \
    X(REAL, slope, "slope at the end of that run")                                                 \
    X(REAL, error, "relative error at the end of that run")                                        \
    X(REAL, nc_random, "NC at the end of the first random run")                                    \
    X(REAL, sum_z,                                                                                 \
      "largest change of sum_l z_l in any run, over the largest |z_l| where that is above 1")      \
    X(REAL, early_summed,                                                                          \
      "start at z = 0, after a hundredth of the updates: summed, as in the table means")           \
    X(REAL, early_motion, "total variation distance of bbar from its start, then")                 \
    X(REAL, early_error, "relative error of the form with constant mean attention, then")          \
    X(REAL, early_exact, "relative error of the form with the exact second term, then")
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
