/* The order task: what positions add to a bag of words, how long it takes, and what starves it.
 * What a user sets and what a run emits; order.c computes, claims.c judges. */
#ifndef POSITION_ORDER_ORDER_H
#define POSITION_ORDER_ORDER_H

#include "experiments/frame/contract/typed.h"

#define ORDER(X)                                                                                   \
    X(REAL, eta_y, "1", "rate of the decoder, eta_y", IN(1e-12, 1e12), .symbol = "η_Y")            \
    X(REAL, eta_p, "1", "rate of the position logits, eta_p", IN(0, 1e12), .symbol = "η_p")        \
    X(REAL, pi_far, "0.5", "share pi_far of the context in the far bucket",                        \
      IN(1e-12, 0.999999999999), .symbol = "π_{far}")                                              \
    X(REAL, eps, "1e-4", "eps, p_1 - p_2 of the position logits at the start", IN(-100, 100),      \
      .symbol = "ε")                                                                               \
    X(REALS, plateau, "1e-2,1e-3,1e-4,1e-5,1e-6,1e-7,1e-8",                                        \
      "starts eps of the table plateau, at equal shares; 0 is allowed and stays", IN(0, 1))        \
    X(REAL, late, "1e30",                                                                          \
      "horizon of the course from eps = 0 and pi_far = 0.4, times the smaller of eta_y and "       \
      "lambda",                                                                                    \
      IN(1e3, 1e60))                                                                               \
    X(REALS, pair_rates, "0,0.1,1", "values of eta_p for the table pairs, with eta_y = 5",         \
      IN(0, 1e3))                                                                                  \
    X(REAL, starved_eps, "1e-6", "p_1 - p_2 at the start of the runs beside a shortcut",           \
      IN(1e-12, 1e-2))                                                                             \
    X(INT, per_decade, "8", "outputs for each decade of time", IN(2, 100))                         \
    X(REAL, rtol, "1e-12", "relative tolerance of the courses", IN(1e-13, 1e-6))
PARAMS(order, ORDER)

#define COURSE(X)                                                                                  \
    X(REAL, eps, "eps, p_1 - p_2 of the position logits at the start")                             \
    X(REAL, pi_far, "share pi_far of the far bucket")                                              \
    X(REAL, t, "time t")                                                                           \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")                                            \
    X(REAL, y, "gain y of the decoder")                                                            \
    X(REAL, gate, "order gate X = p_1 - p_2 + ln(pi_near/pi_far)")                                 \
    X(REAL, invariant, "y^2/(2 eta_y) - [cosh X - ln(1 + cosh X)]/eta_p, less its start")          \
    X(REAL, scale, "size of the invariant's terms, y^2/(2 eta_y) + |start|")                       \
    X(REAL, late, "cosh X over eta_p y^2/(2 eta_y)")
TABLE(course, COURSE, "the courses over time")

#define PLATEAU(X)                                                                                 \
    X(REAL, eps, "X at the start, equal shares")                                                   \
    X(OPTIONAL, t_half, "t_half, first time at which the loss is ln(2)/2; empty: never")           \
    X(OPTIONAL, quadrature, "the same by quadrature over the orbit; empty: never")                 \
    X(OPTIONAL, predicted, "predicted t_half, [ln(1/eps) + C]/lambda; empty: never")
TABLE(plateau, PLATEAU, "how long the plateau lasts")

#define REFERENCE(X)                                                                               \
    X(TEXT, what, "quantity: C(eta_p/eta_y), or t_half at pi_far (eta_y = 2, eta_p = 1/2)")        \
    X(REAL, at, "eta_p/eta_y, or pi_far")                                                          \
    X(REAL, value, "value of this program")                                                        \
    X(REAL, prototype, "value of an independent prototype")
TABLE(reference, REFERENCE, "numbers beside those of an independent prototype")

#define PAIRS(X)                                                                                   \
    X(REAL, eta_p, "rate of the position logits; eta_y = 5, eta_z = 1, pi_near = .55")             \
    X(REAL, z_pair, "attention logit of A at t = 1e4: both classes have it, at other positions")   \
    X(REAL, z_common, "attention logit of the true common token")                                  \
    X(REAL, z_distinct, "attention logit of a distinct token")
TABLE(pairs, PAIRS, "common tokens and common pairs")

#define STARVED(X)                                                                                 \
    X(INT, shortcut, "1: a distinct token of weight .1 gives the class away")                      \
    X(REAL, t, "time t; eta_y = 5, eta_p = eta_z = 1, equal shares")                               \
    X(REAL, gain, "p_1 - p_2 over its start")                                                      \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")
TABLE(starved, STARVED, "the order task beside a shortcut")

#define ORDER_SCALARS(X)                                                                           \
    X(OPTIONAL, t_half, "first time at which the loss is ln(2)/2", .symbol = "t_{1/2}")            \
    X(REAL, lambda, "rate lambda at which the saddle is left", .symbol = "λ")
SCALARS(order_scalars, ORDER_SCALARS)

#define ENDS(N) N(t_half) N(t_half_quadrature) N(X0) N(lambda) N(y) N(X) N(loss)
STATES(ends, ENDS)

extern const struct check *const order_claims[];

#endif
