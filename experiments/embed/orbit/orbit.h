/* Trained embeddings in the symmetric family: the same path on a slower clock.
 * What a user sets and what a run emits; orbit.c computes, claims.c judges. */
#ifndef EMBED_ORBIT_ORBIT_H
#define EMBED_ORBIT_ORBIT_H

#include "experiments/frame/contract/typed.h"

#define ORBIT(X)                                                                                   \
    X(INT, num_last, "2", "last tokens L", IN(1, 1000))                                            \
    X(INT, num_next_per_last, "2", "classes N per last token", IN(1, 1000))                        \
    X(INT, num_distinct, "3", "distinct tokens of each class, weights from 0.1 to 1", IN(1, 100))  \
    X(INT, num_common, "2", "common tokens, weight 1", IN(1, 100))                                 \
    X(REAL, eta_y, "10", "rate of the decoder's zero-started factor", IN(1e-6, 1e6))               \
    X(REAL, eta_z, "1", "rate of the attention, eta_z", IN(1e-6, 1e6))                             \
    X(REALS, eta_us, "1,10", "rates of the embeddings (tied decoder and chains); 0 is allowed",    \
      IN(0, 1e6))                                                                                  \
    X(REAL, w_end, "8", "amplitude |w| up to which paths are compared", IN(0.5, 50))               \
    X(INT, points, "16", "amplitudes compared", IN(2, 500))                                        \
    X(REAL, w_late, "1e3", "amplitude at which the late slopes are read", IN(100, 1e6))            \
    X(REAL, t_end, "1e12", "end of the courses in time", IN(10, 1e15))                             \
    X(INT, per_decade, "6", "outputs for each decade of time", IN(2, 100))                         \
    X(REALS, z_max, "0.02,0.05,0.1,0.3",                                                           \
      "values of z_max at which Theorem 3's constant is judged", IN(1e-3, 2))                      \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-13, 1e-8))
PARAMS(orbit, ORBIT)

#define PATHS(X)                                                                                   \
    X(TEXT, kind, "direct, chain, balanced or tied")                                               \
    X(INT, factors, "factors n in the decoder")                                                    \
    X(REAL, eta_u, "rate of the other factors")                                                    \
    X(REAL, w, "|w|, amplitude of the zero-started factor")                                        \
    X(REAL, y, "|y|, amplitude of the decoder")                                                    \
    X(REAL, z, "attention logit of the most probable distinct token")                              \
    X(REAL, w_common, "attention logit of a common token")                                         \
    X(REAL, apart, "largest difference of a logit from the direct flow at this |w|")
TABLE(paths, PATHS, "the attention along |w|")

#define COURSES(X)                                                                                 \
    X(TEXT, kind, "direct, chain or tied")                                                         \
    X(INT, factors, "factors n in the decoder")                                                    \
    X(REAL, eta_u, "rate of the other factors")                                                    \
    X(REAL, t, "time t")                                                                           \
    X(REAL, w, "|w|, amplitude of the zero-started factor")                                        \
    X(REAL, z, "attention logit of the most probable distinct token")                              \
    X(REAL, w_common, "attention logit of a common token")                                         \
    X(REAL, B, "gain B")
TABLE(courses, COURSES, "over time: authors' data, K = 4, N = 2, D = G = 10")

#define LATE(X)                                                                                    \
    X(INT, D, "distinct tokens D of a class")                                                      \
    X(INT, G, "common tokens G")                                                                   \
    X(INT, N, "classes per last token, N")                                                         \
    X(INT, factors, "factors n in the decoder")                                                    \
    X(REAL, w, "|w|, amplitude of the zero-started factor")                                        \
    X(REAL, slope, "slope of the gain, dB/d ln |y|")                                               \
    X(REAL, predicted, "predicted slope, G D/(N D + G)/n")
TABLE(late, LATE, "late slopes of the gain")

#define THEOREM3(X)                                                                                \
    X(REAL, eta_u, "rate of the embedding matrix; the decoder is X_1 R")                           \
    X(REAL, z_max, "largest z")                                                                    \
    X(REAL, t, "time t at which it is reached")                                                    \
    X(REAL, spread, "(max - min)/mean over the tokens of (1 - e^{-2z})/p^2, from the matrices")
TABLE(theorem3, THEOREM3,
      "Theorem 3's constant in real matrices: L = N = G = 2, D = 3, eta_y = 1, eta_z = 10")

#define NUMBERS(X)                                                                                 \
    X(TEXT, what, "which number")                                                                  \
    X(REAL, value, "value of this program")                                                        \
    X(REAL, expected, "value of the prototype, the closed form or the matrices")
TABLE(numbers, NUMBERS, "numbers beside other routes")

extern const struct check *const orbit_claims[];

#endif
