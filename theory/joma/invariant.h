/* JoMA's Theorem 1 (arXiv 2310.00535): first integrals of the joint dynamics of MLP and attention.
 *
 * Letters: v (M, K) row-major, column k is v_k = U_C^T w_k; z (M); r = eta_z/eta_w; T the
 * temperature of exp and softmax attention. As they hold (derived here), for one query:
 *
 *   linear:   z^2 - r sum_k v_k^2                                      is constant
 *   exp:      z - (r/2T) sum_k v_k^2                                   is constant
 *   softmax:  sum_l z_l is constant, and always
 *             dz/dt = (r/T) { d/dt sum_k v_k^2/2 - eta_w sum_k E[g_k h'_k b b^T] v_k };
 *             where sum_k E[g_k h'_k b b^T] v_k = bbar sum_k E[g_k h'_k b]^T v_k with constant
 * bbar, z - (r/2T) { sum_k v_k^2 - (sum_k |v_k|^2) bbar }        is constant
 *
 * The paper prints them for r = 1 without the r, and softmax's second term without the factor 1/2.
 * With several queries that share the w_k only the sums over queries, sum_m z_m and sum_m z_m^2,
 * are tied to sum_k v_k^2. */
#ifndef ATTNDYN_THEORY_JOMA_INVARIANT_H
#define ATTNDYN_THEORY_JOMA_INVARIANT_H

#include <stddef.h>

/* sum (M): sum_k v_lk^2. Returns sum_k |v_k|^2. */
double attndyn_joma_squares(size_t tokens, size_t hidden, const double *v, double *sum);

/* The constants, one token at a time, of z and square = sum_k v_lk^2. `ratio` is r; 1: as printed.
 */
double attndyn_joma_constant_linear(double ratio, double z, double square);
double attndyn_joma_constant_exp(double ratio, double temperature, double z, double square);

/* Softmax, always: second = eta_w int sum_k E[g_k h'_k b b^T]_l v_k dt since the start. */
double attndyn_joma_constant_softmax(double ratio, double temperature, double z, double square,
                                     double second);

/* Estimates z^ + const of softmax attention, one token: from square, total = sum_k |v_k|^2 and the
 * mean attention bbar of the token. */
double attndyn_joma_softmax_holds(double ratio, double temperature, double square, double total,
                                  double bbar);
/* As printed: total bbar without the 1/2. */
double attndyn_joma_softmax_printed(double ratio, double temperature, double square, double total,
                                    double bbar);

/* What one step of gradient descent with rate lr adds to the constants, exactly (derived here):
 * z' = z + lr eta_z gz, v' = v + lr eta_w gv, gv_squares = sum_k gv_lk^2, of the same batch. */
double attndyn_joma_drift_linear(double lr, double eta_w, double eta_z, double gz,
                                 double gv_squares);
double attndyn_joma_drift_exp(double lr, double eta_w, double eta_z, double temperature,
                              double gv_squares);

#endif
