/* What the flow of position logits conserves, how it starts, and where it stops. All derived here;
 * [exact] at any time unless marked. */
#ifndef ATTNDYN_THEORY_POSITION_LAWS_H
#define ATTNDYN_THEORY_POSITION_LAWS_H

#include <stddef.h>

/* The position law: the same for all positions whose laws P_r(l|n) are the same, for any data and
 * rates: (e^(-p(0)) - e^(-p))/share. */
double attndyn_position_law(double p0, double p, double share);

/* [leading] p_r = eta_Y eta_p (t^2/2) R_r from zero, R: (positions) out.
 * R_r = -(1/K) sum_n P(n) sum_l q_n(r|l) f_nl (F_l - f_nl f_n.F), F = sum_n P(n) f_n, q_n(r|l) the
 * share of bucket r in token l's weight. probability: (positions, classes, tokens); work: (classes
 * + 1) tokens. */
void attndyn_position_early(size_t positions, size_t classes, size_t tokens, const double *share,
                            const double *class_probability, const double *probability,
                            double *work, double *R);

/* Previous-token head: one bucket holds the answer, the others tokens uniform over the K. Two
 * buckets, x = K pi_1 e^(p_1)/(pi_2 e^(p_2)), y the decoder's gain: y^2/2 - (eta_Y/(2 eta_p (K-1)))
 * [x + ln x - (K-1) ln(x + K)] is constant. */
double attndyn_previous_invariant(double K, double eta_y, double eta_p, double y, double x);
/* Any number of buckets: p_near = sum over the far ones of ln(1 + kappa pi_r), kappa = (e^(-p_r) -
 * 1)/ pi_r, which is the same for all of them. */
double attndyn_previous_near(size_t far, const double *share, double kappa);

/* A linear bias with a trained slope, answer at distance r_star among infinitely many equal
 * buckets: it stops where the mean distance of the other tokens is r_star, at -ln(1 - 1/r_star)...
 */
double attndyn_slope_stop(double r_star);
/* ... with this attention at r_star, (1/r_star)(1 - 1/r_star)^(r_star - 1). 1 for r_star = 1: it
 * never stops. */
double attndyn_slope_attention(double r_star);

/* Content against position (one distinct token, one common, position logits shared): the share that
 * content has in the rate of ln(attention to the distinct/to the common token), X_z/(X_z + X_p),
 * X_z = eta_z (1 + N)/K, X_p = eta_p sum_r (q_d(r) - q_c(r))^2: q_d, q_c (positions) the buckets of
 * a distinct and of a common token. */
double attndyn_compete_share(double K, double N, double eta_z, double eta_p, size_t positions,
                             const double *q_d, const double *q_c);
/* [leading] Late: the largest bucket without commons takes the distinct token, `pure` buckets
 * without distinct tokens share the common one: X_p -> eta_p (1 + 1/pure). */
double attndyn_compete_late(double K, double N, double eta_z, double eta_p, double pure);

#endif
