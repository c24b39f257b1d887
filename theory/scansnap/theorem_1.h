/* Theorem 1 of Scan&Snap (arXiv 2305.16380v4), section 4 and appendix D: the decoder while the
 * features F = [f_1 .. f_K] stand still, F^T F = I + E, V = M outputs, classes drawn uniformly:
 *     g_n = Y (e_n - alpha_n) = gamma (iota_n f_n - sum_{n' != n} beta_nn' f_n').
 * The paper solves a modified gradient, Y' = eta_Y (f_n - F E' e_n)(e_n - alpha_n)^T (Eq. 26), with
 * E' = I - (I + E)^-1. All times are x = eta_Y t/K. theta = sigma = 0: no sampling noise. */
#ifndef ATTNDYN_THEORY_SCANSNAP_THEOREM_1_H
#define ATTNDYN_THEORY_SCANSNAP_THEOREM_1_H

#include <stdbool.h>
#include <stddef.h>

/* With q_1 = zeta_n . zeta_n = 1 + 1/(M-1) and q_0 = zeta_n . zeta_k = -M/(M-1)^2:
 *     iota_n   = q_1 (1 - E'_nn) - q_0 sum_{k != n} E'_nk                       (Eq. 86)
 *     beta_nn' = q_1 E'_nn' - q_0 (1 - sum_{k != n} E'_n'k)                     (derived here)
 * Printed (Eq. 88) is beta_nn' = q_1 E'_nn' + q_0 (1 + sum_{k != n} E'_n'k): the sign of the first
 * q_0 is wrong. E_prime: (K, K). */
double attndyn_theorem_1_iota(size_t K, double M, const double *E_prime, size_t n);
double attndyn_theorem_1_beta(size_t K, double M, const double *E_prime, size_t n, size_t other,
                              bool printed);
/* beta/iota where all overlaps are s: E_nn' = s. */
double attndyn_theorem_1_ratio(double K, double M, double s, bool printed);

/* gamma = (M-1)^2 h/(M - 1 + e^{M h}), e^{M h} + (M-1) M h = M x + 1 (Eq. 45, 85). */
double attndyn_theorem_1_gamma(double M, double x);
/* The limits of gamma: x before t_0' (x << ln M), and ln(M x)/x late (Lemma 9). */
double attndyn_theorem_1_gamma_late(double M, double x);
/* Where gamma is largest: (u - 1) e^u = M - 1, u = M h (derived here). M >= 2. */
double attndyn_theorem_1_peak(double M);

/* beta/iota of the unmodified gradient (Eq. 7) while alpha_nn << 1, identical overlaps s (derived
 * here): (e^{s x} + (e^{s x} - 1)/(s x) - 1)/(M - 1). At x -> 0 it is 1/(M - 1), for any E. */
double attndyn_theorem_1_ratio_original(double M, double s, double x);

#endif
