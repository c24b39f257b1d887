/* Attention sinks: a logit that grows like ln t, and a norm under which sinks cannot drain. What a
 * user sets and what a run emits; sink.c computes, claims.c judges. */
#ifndef RIVALS_SINK_SINK_H
#define RIVALS_SINK_SINK_H

#include "experiments/frame/contract/typed.h"

#define SINK(X)                                                                                    \
    X(REAL, eta_z, "1", "rate of the sink's logit, eta_z", IN(1e-6, 1e6), .symbol = "η_z")         \
    X(REAL, eta_v, "1", "rate of the sink's value where it is trained", IN(1e-6, 1e6))             \
    X(REAL, variance, "1", "variance s^2 of the other tokens' values", IN(1e-6, 1e6))              \
    X(REALS, values, "0,1,3", "values v(0) of the sink at the start, where its value is trained",  \
      IN(0, 100))                                                                                  \
    X(REAL, t_end, "1e8", "horizon, time t", IN(10, 1e15))                                         \
    X(INT, per_decade, "8", "outputs for each decade of time", IN(2, 100))                         \
    X(REAL, rtol, "1e-11", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(sink, SINK)

#define COURSE(X)                                                                                  \
    X(REAL, v0, "value v(0) of the sink at the start; 0: it is not trained")                       \
    X(REAL, t, "time t")                                                                           \
    X(REAL, z, "logit z of the sink")                                                              \
    X(REAL, v, "value v of the sink")                                                              \
    X(REAL, attention, "attention to the sink, 1/(1 + e^-z)")                                      \
    X(OPTIONAL, closed, "z by the closed form; empty for v(0) above 0")                            \
    X(OPTIONAL, late, "late form, ln(2 eta_z s^2 t)/2; for v(0) = 0 and from eta_z s^2 t = 1 on")
TABLE(course, COURSE, "logit and value of the sink over time")

#define TOKENS(X)                                                                                  \
    X(TEXT, norm, "l2: the head's output is normalised before the residual; none")                 \
    X(INT, token, "token")                                                                         \
    X(REAL, logit, "change of the token's attention logits, summed over queries")                  \
    X(REAL, length, "change of its value's squared length |u|^2")
TABLE(tokens, TOKENS, "what tokens of random sequences gain in attention and in length")

extern const struct check *const sink_claims[];

#endif
