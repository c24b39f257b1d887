/* Two attention layers on a two-level tree: a plateau that one flat layer never leaves.
 * What a user sets and what a run emits; two_level.c computes, claims.c judges. */
#ifndef LAYERS_TWO_LEVEL_TWO_LEVEL_H
#define LAYERS_TWO_LEVEL_TWO_LEVEL_H

#include "experiments/frame/contract/typed.h"

#define TWO_LEVEL(X)                                                                               \
    X(INT, Q, "3", "values Q of each latent; Q classes, Q^2 kinds of segments", IN(2, 64))         \
    X(INT, G, "4", "common tokens G of every segment; 0 with a = 1", IN(0, 200))                   \
    X(REAL, a, "0.25", "share a of A_i and B_j in a segment", IN(1e-6, 1))                         \
    X(REAL, eta_y, "2", "rate of the decoder, eta_Y", IN(1e-9, 1e9), .symbol = "η_Y")              \
    X(REAL, eta_zeta, "0.7", "rate of layer 2's query zeta, eta_zeta", IN(0, 1e9),                 \
      .symbol = "η_ζ")                                                                             \
    X(REAL, eta_1, "1.3", "rate of layer 1's logits z1, eta_1", IN(0, 1e9), .symbol = "η_1")       \
    X(REAL, eps, "1e-4", "zeta of the first A token at the start of the courses", IN(1e-12, 1))    \
    X(REALS, deeper, "1e-6,1e-8", "further values of eps, without the local task", IN(1e-12, 1))   \
    X(REALS, local, "0.01,0.1,1", "weights of layer 1's local task, for the courses from eps",     \
      IN(1e-6, 100))                                                                               \
    X(REAL, horizon, "1.6", "horizon of the courses, in units of [ln(1/eps) + 3]/lambda",          \
      IN(1, 1e6))                                                                                  \
    X(INT, points, "400", "outputs of a course, evenly in time", IN(20, 10000))                    \
    X(INT, course_classes, "4", "courses are integrated for Q up to this", IN(0, 8))               \
    X(REAL, rtol, "1e-10", "relative tolerance of the courses", IN(1e-12, 1e-6))
PARAMS(two_level, TWO_LEVEL)

#define COURSE(X)                                                                                  \
    X(REAL, eps, "zeta of the first A token at the start")                                         \
    X(REAL, local, "weight of layer 1's local task")                                               \
    X(REAL, t, "time t")                                                                           \
    X(REAL, loss, "loss of level 2", .unit = "nat")                                                \
    X(REAL, loss_local, "loss of the local task, unweighted; 0 without one", .unit = "nat")        \
    X(REAL, c2, "c2, share of A_i, B_j in the segments' squared norm")                             \
    X(REAL, attention, "largest weight of layer 2, mean over the classes")                         \
    X(REAL, z1_key, "z1 of the first A token")                                                     \
    X(REAL, z1_common, "z1 of a common token; 0 without commons")                                  \
    X(REAL, zeta, "zeta of the first A token less the mean over A")                                \
    X(REAL, clock, "level 2's clock, int lambda(c2(t)) dt")
TABLE(course, COURSE, "the courses over time")

#define ONSET(X)                                                                                   \
    X(REAL, eps, "zeta of the first A token at the start")                                         \
    X(REAL, local, "weight of layer 1's local task")                                               \
    X(OPTIONAL, t_2,                                                                               \
      "t_2, first time at which the loss of level 2 is ln(Q)/2; empty: not by the end")            \
    X(OPTIONAL, int_lambda, "the clock at t_2")                                                    \
    X(OPTIONAL, int_lambda_0, "the clock at t_2 with eta_1 = 0 in lambda")                         \
    X(OPTIONAL, excess, "clock at t_2 less ln(1/eps)")                                             \
    X(OPTIONAL, excess_key,                                                                        \
      "the same with the share of the segment (A_1, B_1) alone in lambda, of whose key layer 2 "   \
      "makes its query")                                                                           \
    X(OPTIONAL, excess_key_0, "the same with eta_1 = 0 in lambda")                                 \
    X(OPTIONAL, t_begin, "first time at which the loss of level 2 is 0.99 ln Q")                   \
    X(OPTIONAL, c2, "c2 at t_2")
TABLE(onset, ONSET, "when level 2 is found")

#define FLAT(X)                                                                                    \
    X(INT, token, "token: the A, then the B, then the common tokens")                              \
    X(REAL, lowest, "share of the token in the bag, lowest over the classes")                      \
    X(REAL, highest, "the same, highest over the classes")                                         \
    X(REAL, pair,                                                                                  \
      "share of the segments that hold it together with the first B token: highest "               \
      "less lowest over the classes")
TABLE(flat, FLAT, "what one flat layer sees of each token")

#define SPECTRUM(X)                                                                                \
    X(INT, index, "place, from the top")                                                           \
    X(REAL, rate,                                                                                  \
      "rate of the linearised flow at the origin, from the dense symmetrised "                     \
      "Hessian")
TABLE(spectrum, SPECTRUM, "largest rates at the origin (small models)")

#define REFERENCE(X)                                                                               \
    X(INT, Q, "values Q of each latent")                                                           \
    X(INT, G, "common tokens G")                                                                   \
    X(REAL, a, "share a of A_i and B_j in a segment")                                              \
    X(REAL, lambda, "top rate lambda from the Hessian, at the rates 2, .7, 1.3")                   \
    X(REAL, lambda_closed, "lambda in closed form")                                                \
    X(REAL, prototype, "lambda of an independent prototype")                                       \
    X(INT, multiplicity, "multiplicity of the top rate")
TABLE(reference, REFERENCE, "top rates beside an independent prototype")

#define TWO_LEVEL_SCALARS(X)                                                                       \
    X(REAL, lambda, "top rate at the origin, from the Hessian", .symbol = "λ")                     \
    X(REAL, lambda_closed, "closed form of lambda", .symbol = "λ")                                 \
    X(REAL, multiplicity, "multiplicity of the top rate")                                          \
    X(REAL, courses, "courses integrated")                                                         \
    X(OPTIONAL, exponent,                                                                          \
      "rate at which layer 1 drops its common tokens while the plateau lasts, over "               \
      "lambda")
SCALARS(two_level_scalars, TWO_LEVEL_SCALARS)

/* Of the state at the origin. */
#define ORIGIN(N) N(lambda) N(lambda_closed) N(multiplicity) N(c2) N(loss) N(within) N(along)
STATES(at_origin, ORIGIN)

extern const struct check *const two_level_claims[];

#endif
