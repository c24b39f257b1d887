/* Adaptive quadrature without workspace, error handler or state: bisection on Gauss-Kronrod 31. */
#ifndef ATTNDYN_THEORY_QUADRATURE_H
#define ATTNDYN_THEORY_QUADRATURE_H

/* int_a^b f(x, user) dx for f analytic on [a, b]; relative 1e-13 of int |f|, or absolute
 * `tolerance` where that is looser (0: none). NaN where 40 halvings do not get there. */
double attndyn_quadrature(double (*f)(double x, void *user), void *user, double a, double b,
                          double tolerance);

#endif
