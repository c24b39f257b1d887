#include "symmetric.h"

enum attndyn_status symmetric_authors(struct attndyn_context *ctx, const struct params *params,
                                      double K, double N, struct attndyn_symmetric_family *family) {
    if (!(K >= 2) || K != floor(K))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the number of classes must be a whole number of at least 2, not %g",
                            K);
    if (!(N >= 1) || N != floor(N) || fmod(K, N) != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the classes per last token must be a whole number that divides the "
                            "number of classes: %g does not divide %g",
                            N, K);
    return attndyn_family_authors(ctx, (size_t)(K / N), (size_t)N,
                                  (size_t)param_int(params, "num_common"),
                                  (size_t)param_int(params, "num_distinct"), family);
}

double symmetric_square(const struct attndyn_symmetric_family *family) {
    double square = 0;
    for (size_t j = 0; j < family->distinct; j++) square += family->p[j] * family->p[j];
    for (size_t g = 0; g < family->commons; g++) square += family->q[g] * family->q[g];
    return square;
}

double symmetric_share(const struct attndyn_symmetric_family *family) {
    double common = 0;
    for (size_t g = 0; g < family->commons; g++) common += family->q[g] * family->q[g];
    return common / symmetric_square(family);
}

double symmetric_own(const struct attndyn_symmetric_family *family) {
    double own = 0;
    for (size_t j = 0; j < family->distinct; j++) own += family->p[j] * family->p[j];
    return own / symmetric_square(family);
}

enum attndyn_status symmetric_list(struct attndyn_context *ctx, const struct params *params,
                                   const char *name, const double **values, size_t *count) {
    *values = param_reals(params, name, count);
    if (*count == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s is empty: expected at least one value, %s=v1,v2,...", name, name);
    return ATTNDYN_OK;
}

void symmetric_tolerances(const struct params *params, struct track_request *request) {
    request->rtol = param_real(params, "rtol");
    request->atol = param_real(params, "atol");
}
