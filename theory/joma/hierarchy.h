/* Theorem 5 of JoMA (arXiv 2310.00535): co-occurrence of the leaves of a binary latent tree.
 *
 * L levels, 0 the root; P(root = 1) = (1 - rho0)/2; each child copies its parent with probability
 * (1 + rho)/2 and flips otherwise. For leaves l, m whose lowest common ancestor lies H levels above
 * them (0 <= H <= L-1), in spins s = 2y - 1: E s_l = -rho^(L-1) rho0, E s_l s_m = rho^(2H), hence
 *
 *     P(y_l = 1 | y_m = 1) = (1 + rho^(2H) - 2 rho^(L-1) rho0) / (2 (1 - rho^(L-1) rho0))
 *
 * whatever the number of children. Note the sign: rho0 > 0 means that the root is mostly off.
 */
#ifndef ATTNDYN_THEORY_JOMA_HIERARCHY_H
#define ATTNDYN_THEORY_JOMA_HIERARCHY_H

#include <stddef.h>

/* The formula above, without cancellation when rho, rho0 -> 1; NaN where no leaf is ever on. */
double attndyn_hierarchy_cooccurrence(size_t levels, size_t height, double rho, double rho0);
/* As printed: 1 - H/L. */
double attndyn_hierarchy_printed(size_t levels, size_t height);
/* The limit of rho = 1 - e, rho0 = 1 - c e, e -> 0, c >= 0: 1 - H/(L - 1 + c). Derived here: a leaf
 * is on because of one of L-1+c rare upward flips, of which L-1+c-H lie above the ancestor. */
double attndyn_hierarchy_limit(size_t levels, size_t height, double c);
/* rho = rho0 = exp(-kappa) to first order: 1 - H/L + kappa H (2H - L)/(2L). Derived here. */
double attndyn_hierarchy_expansion(size_t levels, size_t height, double kappa);

#endif
