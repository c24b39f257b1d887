/* The population flow of decoder, content logits and position logits.
 *
 * Class n weighs token l at bucket r by W_nrl = pi_r e^(p_r) P_r(l|n) e^(z_ml), m = psi(n); its bag
 * is c_nl = sum_r W_nrl, f_n = c_n/|c_n|, logits Y^T f_n (Scan&Snap's model with positions; derived
 * here). With r_n = e_answer - alpha_n, g_n = Y r_n and e_n = (g_n - f_n (f_n.g_n))/|c_n|
 *     dY = eta_Y sum_n P(n) f_n r_n^T,   dz_ml = eta_z sum_{psi(n) = m} P(n) c_nl e_nl,
 *     dp_r = eta_p sum_n P(n) sum_l W_nrl e_nl.
 * The position logits may be coded, p = Phi theta, dtheta = Phi^T dp: free (Phi = 1, as T5's
 * buckets), the slope of a linear bias (ALiBi, Phi_r = -(r-1)), or F frequencies (cos, sin of
 * omega_i r: also RoPE with fixed content), whose kernel is sum_i cos(omega_i (r - r')). State,
 * row-major: Y (M, K) | z (L, M) | theta, shared by the queries or (L, ..) one set each. */
#ifndef ATTNDYN_MODEL_POSITION_FLOW_H
#define ATTNDYN_MODEL_POSITION_FLOW_H

#include "../../num/ode.h"
#include "placed.h"

enum attndyn_position_code {
    ATTNDYN_POSITION_FREE,
    ATTNDYN_POSITION_SLOPE,
    ATTNDYN_POSITION_SINUSOIDS
};

struct attndyn_positions_options {
    double eta_y, eta_z, eta_p; /* >= 0 */
    bool apart;                 /* every query has its own position logits */
    enum attndyn_position_code code;
    size_t frequencies; /* F of sinusoids, omega_i = base^(-i/F), i = 0 .. F-1 */
    double base;        /* > 1; 0: equidistant, omega_i = pi (i + 1/2)/F */
};

struct attndyn_positions {
    const struct attndyn_placed *data;
    struct attndyn_positions_options options;
    size_t K, V, M, R, L, P; /* P: parameters of one set of position logits */
    size_t n, at_z, at_p;
    double *Phi;                        /* (R, P) */
    double *work;                       /* private */
    struct attndyn_ode_problem problem; /* in time */
};

/* How many parameters a code has for R positions, and its matrix Phi: (R, that many). */
size_t attndyn_position_parameters(const struct attndyn_positions_options *options, size_t R);
void attndyn_position_code(const struct attndyn_positions_options *options, size_t R, double *Phi);
/* ATTNDYN_USAGE where rates or code cannot be. */
enum attndyn_status attndyn_positions_check(struct attndyn_context *ctx,
                                            const struct attndyn_positions_options *options);

/* The data are kept, not copied. */
enum attndyn_status attndyn_positions_create(struct attndyn_context *ctx,
                                             const struct attndyn_placed *data,
                                             const struct attndyn_positions_options *options,
                                             struct attndyn_positions **model);
/* p: (R) of query m. */
void attndyn_positions_logits(const struct attndyn_positions *model, const double *y, size_t m,
                              double *p);
double attndyn_positions_loss(const struct attndyn_positions *model, const double *y);
/* Attention of class n: over the buckets (R), and over the tokens (M); sums 1. */
void attndyn_positions_attention(const struct attndyn_positions *model, const double *y, size_t n,
                                 double *buckets, double *tokens);

#endif
