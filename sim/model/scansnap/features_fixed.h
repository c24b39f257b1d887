/* The decoder Y of Scan&Snap (arXiv 2305.16380v4, section 4, appendix D) while the features
 * F = [f_1 .. f_K] stand still: F^T F = I + E, V = M outputs of which M - K never are the answer,
 * P(n) = 1/K, Y(0) = 0. In the time x = eta_Y t/K,
 *     original (Eq. 7):   dY/dx = sum_n f_n (e_n - alpha_n)^T,           alpha_n = softmax(Y^T f_n)
 *     modified (Eq. 26):  dY/dx = sum_n (f_n - F E' e_n)(e_n - alpha_n)^T,  E' = I - (I + E)^-1.
 * Y stays in the span of F: Y = F Q. The columns that never are the answer are alike, one stands
 * for all (derived here), so that M costs nothing. With identical overlaps the classes are alike,
 * too, and three numbers remain.
 *
 * A model object has scratch space: one per thread.
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_FEATURES_FIXED_H
#define ATTNDYN_MODEL_SCANSNAP_FEATURES_FIXED_H

#include "../../num/ode.h"

struct attndyn_features_fixed_options {
    size_t classes;     /* K >= 2 */
    double outputs;     /* M >= K, a whole number */
    double overlap;     /* E_nn' of all pairs, 0 <= s < 1; used where gram is NULL */
    const double *gram; /* (K, K): I + E, symmetric, positive definite; or NULL */
    bool modified;      /* Eq. 26 instead of Eq. 7 */
};

struct attndyn_features_fixed {
    struct attndyn_features_fixed_options options;
    /* The state Q. With a Gram matrix (K, K + 1): row n belongs to f_n, column K stands for every
     * column that never is the answer. Without: the entry of a class in its own column, in another
     * class's, in such a one. */
    size_t n;
    double *inverse;                    /* (K, K): (I + E)^-1, with a Gram matrix */
    double *work;                       /* private */
    struct attndyn_ode_problem problem; /* from Q = 0 at x = 0 */
};

/* ATTNDYN_USAGE: fewer than two classes, M no whole number from K on, an overlap that is no number
 * of [0, 1), a Gram matrix that is singular. Keeps a pointer to gram. */
enum attndyn_status attndyn_features_fixed_create(
    struct attndyn_context *ctx, const struct attndyn_features_fixed_options *options,
    struct attndyn_features_fixed **model);

/* alpha_nn of class n. */
double attndyn_features_fixed_alpha(const struct attndyn_features_fixed *model, const double *q,
                                    size_t n);
/* The coefficients of g_n = Y (e_n - alpha_n) in the f's: (K); without a Gram matrix (2): that of
 * f_n, which is gamma iota_n, and that of any other, which is -gamma beta_nn'. */
void attndyn_features_fixed_force(const struct attndyn_features_fixed *model, const double *q,
                                  size_t n, double *coefficient);

#endif
