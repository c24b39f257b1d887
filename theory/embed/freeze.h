/* Where attention freezes when embeddings learn below a norm: laws and limits.
 *
 * The family of K classes, one distinct token each (probability 1 - P) and one common token
 * (probability P), one query, ratio = eta_u/eta_z. u_c, u_n: embeddings of the common and of a
 * distinct token, orthonormal at the start; w: the common token's attention logit; c_d, c_c:
 * attention; A: amplitude of the distinct embeddings' simplex; b: the decoder's clock.
 * All derived here. */
#ifndef ATTNDYN_THEORY_EMBED_FREEZE_H
#define ATTNDYN_THEORY_EMBED_FREEZE_H

/* [exact] The token law: w as a function of |u_c|^2, and w/K of |u_n|^2 with the other sign, at any
 * time and for any P: z_l/eta_z - |u_l|^2/(2 eta_u) is conserved for every token. */
double attndyn_freeze_law(double ratio, double norm2);
/* [exact] No common token can fall below this: |u_c|^2 >= 0 in the law above. */
double attndyn_freeze_floor(double ratio);
/* [exact] The rate kappa at which the mean class vector dies out in b, once it is small. */
double attndyn_freeze_kappa(double K, double ratio, double A, double c_d, double c_c);

/* [leading] eta_u >> eta_z: embeddings settle before attention has moved,
 * w_inf -> -(1/(2 ratio)) P^2/((1-P)^2/K + P^2). Relative error O(1/ratio). */
double attndyn_freeze_fast(double K, double common, double ratio);
/* [leading] eta_u << eta_z: attention leaves the common token before embeddings move, and what is
 * left of its odds is c_c/c_d -> C sqrt(ratio/(K+1)) with one number C for all data, hence
 * w_inf -> K/(K+1) [ln(ratio/(K+1))/2 + ln C + ln((1-P)/P)], error O(sqrt ratio). */
double attndyn_freeze_slow(double K, double common, double ratio);
/* C is the limit of C(theta) for theta -> inf in
 *     dC/dtheta = -C^2 (C + R),   dR/dtheta = -R - (1 + e^(-2 theta)) C,   C(0) = inf, R(0) = 0:
 * theta the clock in which the mean of the distinct embeddings falls as e^(-theta), C the odds of
 * the common token and R the product ubar.u_c, both over sqrt(ratio/(K+1)). */
double attndyn_freeze_slow_constant(void);

#endif
