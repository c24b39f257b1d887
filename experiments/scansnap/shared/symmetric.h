/* Parameters that the experiments on the symmetric family share, and the families they make. */
#ifndef SCANSNAP_SHARED_SYMMETRIC_H
#define SCANSNAP_SHARED_SYMMETRIC_H

#include "experiments/frame/contract/params.h"
#include "sim/data/distribution.h"
#include "track.h"

#include <math.h>

#define PARAM_NUM_COMMON                                                                           \
    { "num_common", PARAM_INT, "10", 1, 100000, .doc = "common tokens G, weight 1 each" }
#define PARAM_NUM_DISTINCT                                                                         \
    {                                                                                              \
        "num_distinct", PARAM_INT, "10", 1, 100000,                                                \
            .doc = "distinct tokens D of each class, weights evenly spaced from 0.1 to 1"          \
    }
#define PARAM_ETA_Y                                                                                \
    { "eta_y", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of the decoder Y (sets the unit of time)" }
#define PARAM_TOLERANCES(rtol)                                                                     \
    {"rtol", PARAM_REAL, rtol, 1e-13, 1e-3, .doc = "relative tolerance of the solver"}, {          \
        "atol", PARAM_REAL, "1e-13", 1e-300, 1e-3, .doc = "absolute tolerance of the solver"       \
    }

/* The same for typed lists. */
#define SYMMETRIC_DATA(X)                                                                          \
    X(INT, num_common, "10", "common tokens G, weight 1 each", IN(1, 100000))                      \
    X(INT, num_distinct, "10",                                                                     \
      "distinct tokens D of each class, weights evenly spaced from 0.1 to 1", IN(1, 100000))       \
    X(REAL, eta_y, "1", "rate of the decoder Y (sets the unit of time)", IN(1e-9, 1e9))
#define SOLVER_TOLERANCES(X, initial)                                                              \
    X(REAL, rtol, initial, "relative tolerance of the solver", IN(1e-13, 1e-3))                    \
    X(REAL, atol, "1e-13", "absolute tolerance of the solver", IN(1e-300, 1e-3))

/* The authors' family with K classes, N per last token; V = K. ATTNDYN_USAGE: K no whole number
 * >= 2 or no multiple of N. */
enum attndyn_status symmetric_authors(struct attndyn_context *ctx, const struct params *params,
                                      double K, double N, struct attndyn_symmetric_family *family);
/* sum p^2 + sum q^2: f_l(0)^2 = p_l^2 over it. */
double symmetric_square(const struct attndyn_symmetric_family *family);
/* s at the start: the commons' part of that, over the whole. */
double symmetric_share(const struct attndyn_symmetric_family *family);
/* q = 1 - s at the start: the distinct tokens' part. */
double symmetric_own(const struct attndyn_symmetric_family *family);
/* The values of a list that must not be empty (ATTNDYN_USAGE). */
enum attndyn_status symmetric_list(struct attndyn_context *ctx, const struct params *params,
                                   const char *name, const double **values, size_t *count);
/* Fills the tolerances and the solver from the parameters rtol and atol. */
void symmetric_tolerances(const struct params *params, struct track_request *request);

#endif
