/* Theorem 3 of Scan&Snap (arXiv 2305.16380): the relative gain of two distinct tokens of a class,
 *     r_{l/l'} = c~_l^2/c~_l'^2 - 1,    r(t) = r(0) chi_l(t),    chi_l = exp(2 (z_l(t) - z_l(0))).
 * Equivalent closed form (derived here): 1/c~_l^2 = 1/P_l^2 - kappa for all l in DT(n), one number
 * kappa per class. Exact iff xi_nl is the same for all distinct l; then chi_l is the same whichever
 * partner l' is taken. In the coupled flow that holds to first order in rho sigma^2 only, and the
 * coefficients of the error are given below (derived here; symmetric family, V = K, zero start). */
#ifndef ATTNDYN_THEORY_SCANSNAP_RELATIVE_GAIN_H
#define ATTNDYN_THEORY_SCANSNAP_RELATIVE_GAIN_H

#include <stddef.h>

/* z of a distinct token of probability P in a class with kappa, and the inverse. */
double attndyn_gain_z(double kappa, double P);
double attndyn_gain_kappa(double z, double P);
/* r_{l/l'} from both tokens' P and z: exact by definition. */
double attndyn_gain_relative(double P, double z, double P_other, double z_other);
/* ln(r(t)/r(0)); NaN for tokens of equal P, whose r is 0 throughout. Theorem 3 says 2 z_l. */
double attndyn_gain_ln_growth(double P, double z, double P_other, double z_other);

/* exp(2 f_l(0)^2 B) <= chi_l <= exp(2 B) for the dominant token l of the class (theorem 3). */
struct attndyn_gain_bounds {
    double ln_lower, ln_upper; /* of ln chi */
};
struct attndyn_gain_bounds attndyn_gain_bounds(double f_squared_0, double B);

/* First order in x = rho sigma^2 (derived here). f_squared: f_l(0)^2 of the distinct tokens. */
struct attndyn_gain_expansion {
    double xi_spread; /* (max - min)/mean of xi_l, per x */
    double I_spread;  /* the same of I_l = (1 - exp(-2 z_l))/P_l^2, per x: half of it */
    double ln_chi;    /* ln chi of the dominant token, per x */
    double B;         /* the gain, per x */
    double ln_r;      /* ln(r/r0)/(2 z_l) - 1 of the dominant token against the least frequent one
                         and against the next but none: the largest over partners, per x; < 0 */
};
struct attndyn_gain_expansion attndyn_gain_expansion(const double *f_squared, size_t count,
                                                     double s);

#endif
