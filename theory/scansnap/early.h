/* The first motion of the attention from zero, for any data: which tokens rise first and which
 * fall.
 *
 * From Y(0) = Z(0) = 0, to leading order in t (derived here from the flow of arXiv 2305.16380):
 *     dz_ml/dt = -eta_Y eta_Z (t/V) sum_{n: psi(n)=m} P(n) f_nl sum_{n' != n} P(n') [f_n'l - f_nl
 * G_nn'] with f_n = P_n/|P_n|, G_nn' = f_n . f_n'. A distinct token has f_n'l = 0: never suppressed
 * early, enhanced iff its class overlaps another. A common token is suppressed iff the sum is
 * positive. */
#ifndef ATTNDYN_THEORY_SCANSNAP_EARLY_H
#define ATTNDYN_THEORY_SCANSNAP_EARLY_H

#include <stddef.h>

/* (dz_ml/dt)/(eta_Y eta_Z t) for last token m and token l. f: (K, M) row-major, rows f_n of norm 1;
 * class_probability: (K); last: (K) psi. O(K^2 M) without G. */
double attndyn_early_z_rate(size_t K, size_t M, double V, const double *f,
                            const double *class_probability, const size_t *last, size_t m,
                            size_t l);

/* The same for all (m, l) of sparse distributions at once. The term n' = n vanishes, so that with
 * F_l = sum_n' P(n') f_n'l the inner sum is F_l - f_nl (f_n . F): O(entries). Class n has the
 * entries start[n] .. start[n+1]-1, f the value at token[] of norm 1 within a class; mean: (M)
 * scratch, left holding F; rate: (L, M) row-major. */
void attndyn_early_z_rates(size_t K, size_t M, size_t L, double V, const size_t *start,
                           const size_t *token, const double *f, const double *class_probability,
                           const size_t *last, double *mean, double *rate);

#endif
