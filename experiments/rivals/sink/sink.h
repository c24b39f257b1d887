/* Attention sinks: a logit that grows like ln t, and a norm under which sinks cannot drain. What a
 * user sets and what a run emits; sink.c computes, claims.c judges. */
#ifndef RIVALS_SINK_SINK_H
#define RIVALS_SINK_SINK_H

#include "experiments/frame/contract/typed.h"

#define SINK(X)                                                                                    \
    X(REAL, eta_z, "1", "rate of the sink's logit", IN(1e-6, 1e6), .symbol = "η_z")                \
    X(REAL, eta_v, "1", "rate of the sink's value where it is trained", IN(1e-6, 1e6))             \
    X(REAL, variance, "1", "variance s^2 of the values", IN(1e-6, 1e6))                            \
    X(REALS, values, "0,1,3", "values of the sink at the start, where its value is trained",       \
      IN(0, 100))                                                                                  \
    X(REAL, t_end, "1e8", "end of the courses", IN(10, 1e15))                                      \
    X(INT, per_decade, "8", "outputs for each decade of time", IN(2, 100))                         \
    X(REAL, rtol, "1e-11", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(sink, SINK)

#define COURSE(X)                                                                                  \
    X(REAL, v0, "the sink's value at the start")                                                   \
    X(REAL, t, "time")                                                                             \
    X(REAL, z, "the sink's logit")                                                                 \
    X(REAL, v, "its value")                                                                        \
    X(REAL, attention, "to the sink")                                                              \
    X(OPTIONAL, closed, "z by the closed form, v0 = 0")                                            \
    X(OPTIONAL, late, "ln(2 eta_z s^2 t)/2, v0 = 0 and from eta_z s^2 t = 1 on")
TABLE(course, COURSE, "in time")

#define TOKENS(X)                                                                                  \
    X(TEXT, norm, "l2: the head's output is normalised before the residual; none")                 \
    X(INT, token, "token")                                                                         \
    X(REAL, logit, "change of its attention logits, summed over queries")                          \
    X(REAL, length, "change of |u|^2 of its value")
TABLE(tokens, TOKENS, "attention and length of values")

extern const struct check *const sink_claims[];

#endif
