/* Two attention layers on a two-level tree: a plateau that one flat layer never leaves.
 * What a user sets and what a run emits; two_level.c computes, claims.c judges. */
#ifndef LAYERS_TWO_LEVEL_TWO_LEVEL_H
#define LAYERS_TWO_LEVEL_TWO_LEVEL_H

#include "experiments/frame/contract/typed.h"

#define TWO_LEVEL(X)                                                                               \
    X(INT, Q, "3", "values of each latent; Q classes, Q^2 segments", IN(2, 64))                    \
    X(INT, G, "4", "common tokens of every segment; 0 with a = 1", IN(0, 200))                     \
    X(REAL, a, "0.25", "share of A_i and B_j in a segment", IN(1e-6, 1))                           \
    X(REAL, eta_y, "2", "rate of the decoder", IN(1e-9, 1e9), .symbol = "η_Y")                     \
    X(REAL, eta_zeta, "0.7", "rate of layer 2's query", IN(0, 1e9), .symbol = "η_ζ")               \
    X(REAL, eta_1, "1.3", "rate of layer 1's logits", IN(0, 1e9), .symbol = "η_1")                 \
    X(REAL, eps, "1e-4", "zeta of the first A token at the start of the courses", IN(1e-12, 1))    \
    X(REALS, deeper, "1e-6,1e-8", "further values of eps, without the local task", IN(1e-12, 1))   \
    X(REALS, local, "0.01,0.1,1", "weights of layer 1's local task, for the courses from eps",     \
      IN(1e-6, 100))                                                                               \
    X(REAL, horizon, "1.6", "end of the courses in units of [ln(1/eps) + 3]/lambda", IN(1, 1e6))   \
    X(INT, points, "400", "outputs of a course, evenly in time", IN(20, 10000))                    \
    X(INT, course_classes, "4", "courses are integrated for Q up to this", IN(0, 8))               \
    X(REAL, rtol, "1e-10", "relative tolerance of the courses", IN(1e-12, 1e-6))
PARAMS(two_level, TWO_LEVEL)

#define COURSE(X)                                                                                  \
    X(REAL, eps, "zeta of the first A token at the start")                                         \
    X(REAL, local, "weight of the local task")                                                     \
    X(REAL, t, "time")                                                                             \
    X(REAL, loss, "of level 2", .unit = "nat")                                                     \
    X(REAL, loss_local, "of the local task, unweighted; 0 without", .unit = "nat")                 \
    X(REAL, c2, "share of A_i, B_j in the segments' squared norm")                                 \
    X(REAL, attention, "largest weight of layer 2, mean over the classes")                         \
    X(REAL, z1_key, "z1 of the first A token")                                                     \
    X(REAL, z1_common, "z1 of a common token; 0 without commons")                                  \
    X(REAL, zeta, "zeta of the first A token less the mean over A")                                \
    X(REAL, clock, "int lambda(c2(t)) dt")
TABLE(course, COURSE, "in time")

#define ONSET(X)                                                                                   \
    X(REAL, eps, "zeta of the first A token at the start")                                         \
    X(REAL, local, "weight of the local task")                                                     \
    X(OPTIONAL, t_2, "first time at which the loss of level 2 is ln(Q)/2; empty: not by the end")  \
    X(OPTIONAL, int_lambda, "the clock there")                                                     \
    X(OPTIONAL, int_lambda_0, "the clock with eta_1 = 0")                                          \
    X(OPTIONAL, excess, "int_lambda less ln(1/eps)")                                               \
    X(OPTIONAL, excess_key,                                                                        \
      "the same with the share of the segment (A_1, B_1) alone in lambda, of whose key layer 2 "   \
      "makes its query")                                                                           \
    X(OPTIONAL, excess_key_0, "and with eta_1 = 0")                                                \
    X(OPTIONAL, t_begin, "first time at which that loss is 0.99 ln Q")                             \
    X(OPTIONAL, c2, "share of A_i, B_j there")
TABLE(onset, ONSET, "when level 2 is found")

#define FLAT(X)                                                                                    \
    X(INT, token, "A, then B, then commons")                                                       \
    X(REAL, lowest, "its share of the bag, lowest over the classes")                               \
    X(REAL, highest, "highest over the classes")                                                   \
    X(REAL, pair,                                                                                  \
      "share of the segments that hold it together with the first B token: highest "               \
      "less lowest over the classes")
TABLE(flat, FLAT, "what one flat layer sees")

#define SPECTRUM(X)                                                                                \
    X(INT, index, "from the top")                                                                  \
    X(REAL, rate, "of the linearised flow at the origin, dense symmetrised Hessian")
TABLE(spectrum, SPECTRUM, "largest rates at the origin (small models)")

#define REFERENCE(X)                                                                               \
    X(INT, Q, "values of each latent")                                                             \
    X(INT, G, "commons")                                                                           \
    X(REAL, a, "share of A_i and B_j")                                                             \
    X(REAL, lambda, "from the Hessian; rates 2, .7, 1.3")                                          \
    X(REAL, lambda_closed, "closed form")                                                          \
    X(REAL, prototype, "of an independent prototype")                                              \
    X(INT, multiplicity, "of the top rate")
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
