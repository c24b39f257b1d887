/* The gradient form of reversible networks, and the stable rank of their gradients in training.
 * What a user sets and what a run emits; reversible.c, constancy.c and softmax.c
 * compute, claims.c judges. */
#ifndef LOWRANK_REVERSIBLE_REVERSIBLE_H
#define LOWRANK_REVERSIBLE_REVERSIBLE_H

#include "experiments/lowrank/shared/instance.h"

#include "sim/model/lowrank/chain.h"

#define DEEPEST 12
/* A gradient below this is roundoff, and its stable rank is meaningless. */
#define VANISHED 1e-10

/* In the order of enum attndyn_chain_activation and enum attndyn_chain_loss. */
#define ACTIVATION(C)                                                                              \
    C(activation_linear, "linear") C(activation_relu, "relu") C(activation_leaky_relu, "leaky-relu")
CHOICES(activation, ACTIVATION)

#define LOSS(C) C(loss_squared, "squared") C(loss_softmax, "softmax")
CHOICES(loss, LOSS)

#define TARGET(C) C(target_normal, "normal") C(target_teacher, "teacher")
CHOICES(target, TARGET)

#define REVERSIBLE(X)                                                                              \
    X(REALS, widths, "5,6,4,3", "widths of input, hidden layers and output; two at least",         \
      IN(1, 200))                                                                                  \
    X(CHOICE, activation, "relu", "activation of the hidden layers in the training run",           \
      .was_choices = "||leaky_relu")                                                               \
    X(REAL, slope, "0.1", "leaky ReLU: slope for negative inputs", IN(0, 1))                       \
    X(INT, N, "30", "samples N", IN(1, 10000))                                                     \
    X(INT, seed, "1", "seed of chain, data and logits")                                            \
    RANDOM_STREAM(X)                                                                               \
    X(REAL, scale, "1", "W_l = scale * normal / sqrt(width below)", IN(1e-6, 10))                  \
    X(CHOICE, loss, "squared", "loss of the training run")                                         \
    X(CHOICE, target, "normal",                                                                    \
      "squared loss: targets y normal, or from a second network of the same shape")                \
    X(REAL, eta, "0.1", "step size eta", IN(1e-9, 10))                                             \
    X(INT, t_end, "1000", "steps of gradient descent", IN(1, 1000000), .unit = "steps")            \
    X(REALS, freeze, "0,0.05,0.5",                                                                 \
      "shares of t_end after which the coefficients A_i, B_i, C_i are frozen, to see how long "    \
      "they describe the gradient",                                                                \
      IN(0, 1))                                                                                    \
    X(INT, entries, "100",                                                                         \
      "weights of a layer, evenly spaced, that are held against finite differences",               \
      IN(1, 1000000))                                                                              \
    X(REAL, h, "1e-5", "step of the finite differences", IN(1e-9, 0.1))                            \
    X(INT, K, "10", "softmax expansion: classes K", IN(2, 200))                                    \
    X(INT, draws, "200", "softmax expansion: logit vectors", IN(1, 100000))                        \
    X(REALS, logit_scale, "1e-3,1e-2,1e-1,1",                                                      \
      "softmax expansion: standard deviation of the logits, rising", IN(1e-6, 100))                \
    X(REALS, smallness, "0.01,1", "standard deviations of the logits in the table smallness",      \
      IN(1e-6, 2))                                                                                 \
    X(REALS, classes, "10,100,1000,10000", "numbers of classes K of the table smallness",          \
      IN(2, 1000000))                                                                              \
    X(INT, vectors, "50", "logit vectors of the table smallness", IN(2, 100000))
PARAMS(reversible, REVERSIBLE)

#define GRADIENT(X)                                                                                \
    X(TEXT, activation, "activation of the hidden layers")                                         \
    X(INT, layer, "layer l, from 1")                                                               \
    X(REAL, norm_G, "||G_l||_F")                                                                   \
    X(REAL, form_error, "largest entry of |gradient form - backpropagation|")                      \
    X(REAL, difference_error, "largest entry of |central difference - backpropagation|")           \
    X(INT, compared, "entries held against central differences")                                   \
    X(INT, kinks, "entries left out: a gate flips between the two sides")
TABLE(gradient, GRADIENT, "the gradient form at the start, every activation")

#define TRAINING(X)                                                                                \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(INT, layer, "layer l, from 1")                                                               \
    X(REAL, loss, "mean loss")                                                                     \
    X(REAL, norm_G, "||G_l||_F")                                                                   \
    X(OPTIONAL, sr_G, "stable rank of G_l; empty where G_l is zero")                               \
    X(OPTIONAL, form_error,                                                                        \
      "largest entry of |gradient form - backpropagation| over ||G_l||_F; empty for the softmax "  \
      "loss")                                                                                      \
    X(OPTIONAL, sr_frozen, "stable rank of G_l with A_i, B_i, C_i frozen at t = 0")                \
    X(OPTIONAL, frozen_error, "||G_l - frozen G_l|| / ||G_l(0)||, frozen at t = 0")
TABLE(training, TRAINING, "stable ranks of the gradients in training")

#define SOFTMAX(X)                                                                                 \
    X(REAL, scale, "standard deviation of the logits")                                             \
    X(REAL, error, "mean over the draws of ||y - softmax(f) - (P y - P f/K)|| / ||P f/K||")        \
    X(REAL, smallest, "smallest of these over the draws")                                          \
    X(REAL, largest, "largest of these over the draws")
TABLE(softmax, SOFTMAX, "the linear part of the softmax gradient")

#define CONSTANCY(X)                                                                               \
    X(INT, frozen_at, "t_0: the coefficients are those of this time", .unit = "steps")             \
    X(INT, layer, "layer l, from 1")                                                               \
    X(INT, watched,                                                                                \
      "steps for which it was watched: until 10 % in all layers, t_end, or until "                 \
      "the gradients vanish",                                                                      \
      .unit = "steps")                                                                             \
    X(OPTIONAL, one_percent,                                                                       \
      "steps after t_0 until ||G_l - frozen G_l|| first exceeds 1 % of ||G_l(t_0)||; empty if "    \
      "not while watched",                                                                         \
      .unit = "steps")                                                                             \
    X(OPTIONAL, ten_percent, "the same for 10 % of ||G_l(t_0)||", .unit = "steps")                 \
    X(REAL, left, "||G_l|| / ||G_l(t_0)|| when watching ended")
TABLE(constancy, CONSTANCY, "how long constant coefficients describe the gradient; squared loss")

#define SMALLNESS(X)                                                                               \
    X(REAL, scale, "standard deviation of the logits")                                             \
    X(INT, classes, "number of classes K")                                                         \
    X(REAL, sup, "||P f||_inf, mean over the draws")                                               \
    X(REAL, ratio, "||P f||_inf / sqrt K, which Theorem 3.2(b) asks to be small")                  \
    X(REAL, error, "mean over the draws of ||y - softmax(f) - (P y - P f/K)|| / ||P f/K||")        \
    X(REAL, spread, "standard deviation of error over the draws")                                  \
    X(REAL, whole, "the same difference over ||P y - P f/K||, in which y outweighs the rest")      \
    X(REAL, limit,                                                                                 \
      "limit of error for K to infinity: sqrt(e^{s^2} - 1 - s^2)/s, s the standard "               \
      "deviation")
TABLE(smallness, SMALLNESS, "the linear part of the softmax gradient by the number of classes")

#define SUMMARY(X)                                                                                 \
    X(REAL, loss_start, "mean loss at t = 0")                                                      \
    X(REAL, loss_end, "mean loss at the end")                                                      \
    X(REAL, t_stop, "time t at which training ended: t_end, or all gradients vanished",            \
      .unit = "steps")                                                                             \
    X(OPTIONAL, sr_start, "sr(G_1) at t = 0")                                                      \
    X(OPTIONAL, sr_end, "sr(G_1) at the end")                                                      \
    X(OPTIONAL, frozen_error, "largest ||G_l - frozen G_l|| / ||G_l(0)||, frozen at t = 0")        \
    X(REAL, one_layer, "the same for a chain of one layer")
SCALARS(summary, SUMMARY)

/* A chain, its data and targets. */
struct network {
    struct attndyn_chain chain;
    enum attndyn_chain_loss loss;
    double *Y; /* (N, widths[depth]) */
};

/* Draws X (N, width[0]), W_1..W_L; then Y (N, K) normal, or the teacher's W_1..W_L, or (softmax)
 * the class of sample i is i mod K. */
enum attndyn_status network_draw(const struct trial *run, const struct reversible *p,
                                 enum attndyn_chain_activation activation,
                                 enum attndyn_chain_loss loss, struct network *net);
/* Forward and back: the gates, f and G of the present weights. */
void network_gradients(struct network *net);
/* The least ||G_l||_F over the layers. */
double network_smallest_gradient(const struct network *net);

/* Weights that move with A_i, B_i, C_i of one instant, layer by layer. */
struct frozen {
    struct network net;
    double *W[DEEPEST + 1], *G[DEEPEST + 1];
    double norm[DEEPEST + 1]; /* ||G_l|| at that instant */
};

/* f starts from the weights that `now` has. Owned by the run. */
enum attndyn_status freeze(const struct trial *run, const struct reversible *p,
                           const struct network *now, struct frozen *f);
void frozen_gradients(struct frozen *f);
void frozen_step(struct frozen *f, double eta);
/* ||G_l - frozen G_l|| over ||G_l|| at the instant of freezing; NAN where that is zero. */
double frozen_parted(const struct frozen *f, const struct network *now, size_t l);

/* The tables constancy, softmax and smallness. */
enum attndyn_status constancy(const struct trial *run, const struct reversible *p);
enum attndyn_status softmax_scales(const struct trial *run, const struct reversible *p);
enum attndyn_status softmax_classes(const struct trial *run, const struct reversible *p);

/* The largest frozen_parted of a chain of one layer; parted starts at 0. */
enum attndyn_status one_layer(const struct trial *run, const struct reversible *p, double *parted);

extern const struct check *const reversible_claims[];

#endif
