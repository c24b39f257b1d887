/* Embeddings that learn below a norm: attention does not keep growing like ln ln t, it freezes.
 * What a user sets and what a run emits; freeze.c computes, claims.c judges. */
#ifndef EMBED_FREEZE_FREEZE_H
#define EMBED_FREEZE_FREEZE_H

#include "experiments/frame/contract/typed.h"

#define FREEZE(X)                                                                                  \
    X(INT, classes, "4", "classes K, one distinct token each", IN(2, 1000000000), .symbol = "K")   \
    X(REAL, common, "0.5", "probability P of the common token", IN(1e-12, 0.999999999999))         \
    X(REAL, ratio, "1", "eta_u/eta_z, rate of the embeddings over that of the attention",          \
      IN(1e-12, 1e12), .symbol = "η_u/η_z")                                                        \
    X(REALS, ratios, "1e-6,1e-5,1e-4,1e-3,0.01,0.1,1,10,100,1e3",                                  \
      "further values of eta_u/eta_z, for the table `limit`", IN(1e-12, 1e12))                     \
    X(REALS, eta_bs, "1,10", "rates eta_b of the decoder for the courses in time, at eta_z = 1",   \
      IN(1e-6, 1e6))                                                                               \
    X(REAL, t_end, "1e12", "horizon of the courses, time t", IN(1, 1e15))                          \
    X(INT, per_decade, "6", "outputs for each decade of time", IN(2, 100))                         \
    X(INT, full_classes, "12",                                                                     \
      "largest K for which the matrices U, B and z are integrated, too (eta_u/eta_z <= 1e4)",      \
      IN(0, 16))                                                                                   \
    X(REAL, rtol, "1e-12", "relative tolerance of the courses", IN(1e-13, 1e-6))
PARAMS(freeze, FREEZE)

#define COURSE(X)                                                                                  \
    X(REAL, eta_b, "rate eta_b of the decoder")                                                    \
    X(REAL, t, "time t")                                                                           \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")                                            \
    X(REAL, b, "the decoder's clock b = eta_z beta^2/(2 eta_b), beta its amplitude")               \
    X(REAL, class_sum, "|h|/(c_d A): the class vectors' mean over their simplex")                  \
    X(REAL, w, "attention logit w of the common token")                                            \
    X(REAL, z, "attention logit z of a distinct token")                                            \
    X(REAL, norm2_common, "|u|^2 of the common token")                                             \
    X(REAL, norm2_distinct, "|u|^2 of a distinct token")                                           \
    X(REAL, cosine, "f_n . f_k of two classes")                                                    \
    X(REAL, w_fixed, "w of the flow with fixed embeddings")                                        \
    X(OPTIONAL, w_full, "w from the matrices U, B, z; empty where they are not integrated")        \
    X(OPTIONAL, law, "largest |z_l/eta_z - |u_l|^2/(2 eta_u)| less its start, of the matrices")
TABLE(course, COURSE, "the courses over time, for each rate of the decoder")

#define ORBIT(X)                                                                                   \
    X(REAL, b, "the decoder's clock b")                                                            \
    X(REAL, w, "attention logit w of the common token")                                            \
    X(REAL, h, "|h|, length of the class vectors' mean")                                           \
    X(REAL, kappa,                                                                                 \
      "kappa = (eta_u/eta_z) (1 + K c_c^2/c_d^2)/A^2, the rate at which |h| falls "                \
      "with b")
TABLE(orbit, ORBIT, "the orbit along the decoder's clock")

#define LIMIT(X)                                                                                   \
    X(REAL, ratio, "eta_u/eta_z, rate of the embeddings over that of the attention")               \
    X(REAL, w_inf, "w_inf, where the common token's logit freezes")                                \
    X(REAL, fast, "w_inf for eta_u >> eta_z")                                                      \
    X(REAL, slow, "w_inf for eta_u << eta_z")                                                      \
    X(REAL, floor, "floor below which w cannot fall, -eta_z/(2 eta_u)")                            \
    X(REAL, law, "w_inf by the token law, (|u_c|^2 - 1) eta_z/(2 eta_u)")
TABLE(limit, LIMIT, "the limit w_inf over eta_u/eta_z")

#define REFERENCE(X)                                                                               \
    X(REAL, ratio, "eta_u/eta_z, K = 4 and P = 1/2")                                               \
    X(REAL, w_inf, "w_inf, where the common token's logit freezes")                                \
    X(REAL, prototype, "the same from an independent prototype")                                   \
    X(REAL, digits, "rounding of the prototype's number")
TABLE(reference, REFERENCE, "beside an independent prototype")

#define FREEZE_SCALARS(X)                                                                          \
    X(REAL, w_inf, "the common token's logit when it freezes", .symbol = "w_∞")                    \
    X(REAL, courses, "courses in time")
SCALARS(freeze_scalars, FREEZE_SCALARS)

#define FIXED_POINT(N)                                                                             \
    N(w_inf)                                                                                       \
    N(z_inf)                                                                                       \
    N(attention_common) N(attention_distinct) N(norm2_common) N(norm2_distinct) N(spread) N(kappa)
STATES(fixed_point, FIXED_POINT)

extern const struct check *const freeze_claims[];

#endif
