/* Width: how near random embeddings are to orthonormal ones.
 * What a user sets and what a run emits; width.c computes, claims.c judges. */
#ifndef NOISE_WIDTH_WIDTH_H
#define NOISE_WIDTH_WIDTH_H

#include "experiments/shared/authors.h"

#define WIDTH(X)                                                                                   \
    AUTHORS_DATA(X)                                                                                \
    X(REALS, widths, "64,256,1024,4096,16384", "widths d, at least the number of tokens M",        \
      IN(4, 1000000))                                                                              \
    X(REALS, eta_us, "0,0.7", "rates of the embeddings U; 0: fixed", IN(0, 1e3))                   \
    X(REAL, eta_v, "3", "rate of W_V", IN(1e-3, 1e3))                                              \
    X(REAL, eta_w, "2", "rate of W", IN(1e-3, 1e3))                                                \
    X(INT, draws, "24", "embeddings drawn for each width", IN(1, 1000))                            \
    X(REAL, t_end, "20", "time t at which the attention logits are compared", IN(0.1, 1e4))        \
    X(INT, seed, "1", "seed of the embeddings", IN(0, 1000000))                                    \
    X(REAL, rtol, "1e-8", "relative tolerance", IN(1e-12, 1e-4))
PARAMS(width, WIDTH)

#define DISTANCES(X)                                                                               \
    X(REAL, eta_u, "rate of the embeddings")                                                       \
    X(INT, d, "width d")                                                                           \
    X(REAL, mean,                                                                                  \
      "relative distance of the attention logits Z from those of orthonormal "                     \
      "embeddings, mean over the draws")                                                           \
    X(REAL, error, "standard error of that mean")
TABLE(distances, DISTANCES, "distance of the attention logits over the width")

#define FITS(X)                                                                                    \
    X(REAL, eta_u, "rate of the embeddings")                                                       \
    X(REAL, slope, "slope of ln mean in ln d, the exponent of d")                                  \
    X(REAL, error, "standard error of the slope, from those of the means")                         \
    X(REAL, prefactor, "prefactor: mean times sqrt(d), geometric mean over the widths")
TABLE(fits, FITS, "power laws in the width, by rate of the embeddings")

extern const struct check *const width_claims[];

#endif
