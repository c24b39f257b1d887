/* The gradient form of reversible networks, and the stable rank of their gradients in training.
 * What a user sets and what a run emits; reversible.c computes, claims.c judges. */
#ifndef LOWRANK_REVERSIBLE_REVERSIBLE_H
#define LOWRANK_REVERSIBLE_REVERSIBLE_H

#include "experiments/lowrank/shared/instance.h"

/* In the order of enum attndyn_chain_activation and enum attndyn_chain_loss. */
#define ACTIVATION(C)                                                                              \
    C(activation_linear, "linear") C(activation_relu, "relu") C(activation_leaky_relu, "leaky-relu")
CHOICES(activation, ACTIVATION)

#define LOSS(C) C(loss_squared, "squared") C(loss_softmax, "softmax")
CHOICES(loss, LOSS)

#define TARGET(C) C(target_normal, "normal") C(target_teacher, "teacher")
CHOICES(target, TARGET)

#define REVERSIBLE(X)                                                                              \
    X(REALS, widths, "5,6,4,3", "input, hidden and output widths; two at least", IN(1, 200))       \
    X(CHOICE, activation, "relu", "gates of the hidden layers, for the training run",              \
      .was_choices = "||leaky_relu")                                                               \
    X(REAL, slope, "0.1", "leaky ReLU: gate of negative inputs", IN(0, 1))                         \
    X(INT, N, "30", "samples", IN(1, 10000))                                                       \
    X(INT, seed, "1", "seed")                                                                      \
    RANDOM_STREAM(X)                                                                               \
    X(REAL, scale, "1", "W_l = scale * normal / sqrt(width below)", IN(1e-6, 10))                  \
    X(CHOICE, loss, "squared", "loss of the training run")                                         \
    X(CHOICE, target, "normal",                                                                    \
      "squared loss: targets y normal, or from a second network of the same shape")                \
    X(REAL, eta, "0.1", "step size", IN(1e-9, 10))                                                 \
    X(INT, t_end, "1000", "steps of gradient descent", IN(1, 1000000), .unit = "steps")            \
    X(INT, entries, "100", "weights of a layer, evenly spaced, for the finite differences",        \
      IN(1, 1000000))                                                                              \
    X(REAL, h, "1e-5", "step of the finite differences", IN(1e-9, 0.1))                            \
    X(INT, K, "10", "softmax expansion: classes", IN(2, 200))                                      \
    X(INT, draws, "200", "softmax expansion: logit vectors", IN(1, 100000))                        \
    X(REALS, logit_scale, "1e-3,1e-2,1e-1,1",                                                      \
      "softmax expansion: standard deviation of the logits, rising", IN(1e-6, 100))
PARAMS(reversible, REVERSIBLE)

#define GRADIENT(X)                                                                                \
    X(TEXT, activation, "gates")                                                                   \
    X(INT, layer, "from 1")                                                                        \
    X(REAL, norm_G, "||G_l||_F")                                                                   \
    X(REAL, form_error, "J^T form - backpropagation, largest entry")                               \
    X(REAL, difference_error, "central difference - backpropagation, largest entry")               \
    X(INT, compared, "entries held against central differences")                                   \
    X(INT, kinks, "entries left out: a gate flips between the two sides")
TABLE(gradient, GRADIENT)

#define TRAINING(X)                                                                                \
    X(INT, t, "time", .unit = "steps")                                                             \
    X(INT, layer, "from 1")                                                                        \
    X(REAL, loss, "mean loss")                                                                     \
    X(REAL, norm_G, "||G_l||_F")                                                                   \
    X(OPTIONAL, sr_G, "stable rank of G_l; empty where G_l is zero")                               \
    X(OPTIONAL, form_error, "J^T form - backpropagation over ||G_l||; squared loss")               \
    X(OPTIONAL, sr_frozen, "stable rank with A_i, B_i, C_i frozen at t = 0")                       \
    X(OPTIONAL, frozen_error, "||G_l - frozen G_l|| / ||G_l(0)||")
TABLE(training, TRAINING)

#define SOFTMAX(X)                                                                                 \
    X(REAL, scale, "standard deviation of the logits")                                             \
    X(REAL, error, "mean of ||y - softmax(f) - (P y - P f/K)|| / ||P f/K||")                       \
    X(REAL, smallest, "smallest over the draws")                                                   \
    X(REAL, largest, "largest over the draws")
TABLE(softmax, SOFTMAX)

#define SUMMARY(X)                                                                                 \
    X(REAL, loss_start, "mean loss at t = 0")                                                      \
    X(REAL, loss_end, "mean loss at the end")                                                      \
    X(REAL, t_stop, "where training ended: t_end, or all gradients vanished", .unit = "steps")     \
    X(OPTIONAL, sr_start, "sr(G_1) at t = 0")                                                      \
    X(OPTIONAL, sr_end, "sr(G_1) at the end")                                                      \
    X(OPTIONAL, frozen_error, "largest ||G_l - frozen G_l|| / ||G_l(0)||")
SCALARS(summary, SUMMARY)

extern const struct check *const reversible_claims[];

#endif
