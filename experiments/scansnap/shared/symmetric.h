/* Parameters that the experiments on the symmetric family share, and the families they make. */
#ifndef SCANSNAP_SHARED_SYMMETRIC_H
#define SCANSNAP_SHARED_SYMMETRIC_H

#include "experiments/frame/contract/typed.h"
#include "reduced_path.h"
#include "sim/data/distribution.h"

#define SYMMETRIC_TOKENS(X)                                                                        \
    X(INT, num_common, "10", "common tokens G, weight 1 each", IN(1, 100000))                      \
    X(INT, num_distinct, "10",                                                                     \
      "distinct tokens D of each class, weights evenly spaced from 0.1 to 1", IN(1, 100000))
PARAMS(symmetric_tokens, SYMMETRIC_TOKENS)
#define SYMMETRIC_DATA(X)                                                                          \
    SYMMETRIC_TOKENS(X)                                                                            \
    X(REAL, eta_y, "1", "rate of the decoder Y (sets the unit of time)", IN(1e-9, 1e9))
#define SOLVER_TOLERANCES(X, initial)                                                              \
    X(REAL, rtol, initial, "relative tolerance of the solver", IN(1e-13, 1e-3))                    \
    X(REAL, atol, "1e-13", "absolute tolerance of the solver", IN(1e-300, 1e-3))
#define SOLVER_TOLERANCES_READ(X) SOLVER_TOLERANCES(X, "")
PARAMS(solver_tolerances, SOLVER_TOLERANCES_READ)

/* The authors' family with K classes, N per last token; V = K. ATTNDYN_USAGE: K no whole number
 * >= 2 or no multiple of N. */
enum attndyn_status symmetric_authors(const struct trial *run, double K, double N,
                                      struct attndyn_symmetric_family *family);
/* sum p^2 + sum q^2: f_l(0)^2 = p_l^2 over it. */
double symmetric_square(const struct attndyn_symmetric_family *family);
/* s at the start: the share of the commons in that sum. */
double symmetric_share(const struct attndyn_symmetric_family *family);
/* q = 1 - s at the start: the share of the distinct tokens. */
double symmetric_own(const struct attndyn_symmetric_family *family);
/* The number of outputs from first to last. */
size_t symmetric_outputs(double first, double last, long per_decade);
/* Solves the request to the run's tolerances with `count` outputs, logarithmic from first to last:
 * eta_Y t/K in the clock t, sigma in the clock sigma. label: as in full_solve.h. */
enum attndyn_status symmetric_solve(const struct trial *run, struct reduced_request request,
                                    double first, double last, size_t count, const char *label,
                                    struct reduced_path *path);
/* The coupled flow or the quasi-static decoder (qsd) of a family in internal time, rho = 1. */
struct reduced_request symmetric_in_sigma(const struct attndyn_symmetric_family *family, bool qsd);
#endif
