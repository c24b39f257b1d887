/* The symmetric family when the embeddings learn too: one amplitude map in front of the decoder.
 *
 * Let R be the factor of the decoder that starts from zero, w in R^D its amplitude on the distinct
 * tokens, and y = Pi(|w|) w the decoder's (the gap to another class is u = y.f_d). Depending on
 * what the decoder is made of (derived here; eta_r the rate of R, eta_u that of the other factors)
 *     direct         Pi = 1                                      Y itself
 *     chain of n     Pi = (1 + (eta_u/eta_r)|w|^2)^((n-1)/2)     Y = X_1 .. R .. X_(n-1), X_i = I
 * at first balanced of n  Pi = |w|^(n-1)                              n factors of equal size tied
 * Pi = 1 + (eta_u/eta_r)|w|^2                 Y = U W_V^T U^T, U U^T = I at first With delta = 1 -
 * alpha_nn = (K-1)/(K-1+e^u): dw/dt = eta_r (delta/(K-1)) Pi f_d,   dz_j/dt = (eta_z/K) f_j (delta
 * y_j - f_j S), dw_g/dt = -eta_z (N/K) f_g^2 S,       S = delta y.f_d,    dB/dt = sum_j dz_j/dt /
 * |f_d|^2. Both w and z move by delta Pi: every kind runs through the points of the direct flow.
 *
 * Attention through the embeddings (Z = U W U^T; tied, one query): zeta = (sqrt(K) z_j, w_g) =
 * (1 + (eta_u/eta_z)|omega|^2) omega, domega/dt = eta_z (1 + (eta_u/eta_z)|omega|^2) phi with phi
 * the force in zeta.
 *
 * State: w (D) | z or omega's first part (D) | w_g or its second part (G) | B | ln(1 + t). */
#ifndef ATTNDYN_MODEL_EMBED_ORBIT_H
#define ATTNDYN_MODEL_EMBED_ORBIT_H

#include "../../data/distribution.h"
#include "../../num/ode.h"

enum attndyn_orbit_kind {
    ATTNDYN_ORBIT_DIRECT,
    ATTNDYN_ORBIT_CHAIN,
    ATTNDYN_ORBIT_BALANCED,
    ATTNDYN_ORBIT_TIED
};

/* The time; the internal time, d(sigma) = (delta/(K-1)) dt; or ds = Pi d(sigma), in which w moves
 * by eta_r f_d and nothing has a pole, however many factors there are; the time is then not part of
 * the state, as it would be astronomical. */
enum attndyn_orbit_clock { ATTNDYN_ORBIT_T, ATTNDYN_ORBIT_SIGMA, ATTNDYN_ORBIT_PATH };

struct attndyn_orbit_options {
    enum attndyn_orbit_kind kind;
    size_t factors;             /* n of chain and balanced, >= 1 */
    double eta_r, eta_u, eta_z; /* > 0; >= 0; >= 0 */
    bool through;               /* attention through the embeddings: eta_z is the rate of W */
    enum attndyn_orbit_clock clock;
};

struct attndyn_orbit {
    struct attndyn_orbit_options options;
    size_t K, N, D, G, n;
    size_t at_z, at_wg, at_B, at_T;
    const double *p, *q; /* the family's, kept */
    double *work;        /* private */
    double target;       /* the event of the problem: |w| passes it upwards */
    struct attndyn_ode_problem problem;
};

/* columns must be classes (V = K). The family's arrays are kept. */
enum attndyn_status attndyn_orbit_create(struct attndyn_context *ctx,
                                         const struct attndyn_symmetric_family *family,
                                         const struct attndyn_orbit_options *options,
                                         struct attndyn_orbit **model);
/* y: (n), at t = 0: w = start f_d, start >= 0; 0 is a fixed point where the factors are
 * balanced. */
void attndyn_orbit_start(const struct attndyn_orbit *model, double start, double *y);

struct attndyn_orbit_seen {
    double w, y;     /* |w|, |y| */
    double Pi;       /* y/w */
    double gap;      /* u */
    double ln_delta; /* ln(1 - alpha_nn) */
    double ln_t;     /* ln t; -INFINITY at 0, NaN where the clock is the path */
    double B_slope;  /* dB/d ln |y| */
    double stretch;  /* of omega: zeta/omega; 1 without */
};
void attndyn_orbit_see(const struct attndyn_orbit *model, const double *y,
                       struct attndyn_orbit_seen *seen);
/* The attention logits: z (D), w_g (G). */
void attndyn_orbit_attention(const struct attndyn_orbit *model, const double *y, double *z,
                             double *wg);
/* The decoder's amplitude y: (D). */
void attndyn_orbit_decoder(const struct attndyn_orbit *model, const double *y, double *decoder);

#endif
