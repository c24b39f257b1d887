#include "symmetric.h"

enum attndyn_status symmetric_authors(const struct trial *run, double K, double N,
                                      struct attndyn_symmetric_family *family) {
    const struct symmetric_tokens p = symmetric_tokens_read(run->params);
    if (!(K >= 2) || K != floor(K))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "the number of classes must be a whole number of at least 2, not %g",
                            K);
    if (!(N >= 1) || N != floor(N) || fmod(K, N) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "the classes per last token must be a whole number that divides the "
                            "number of classes: %g does not divide %g",
                            N, K);
    return attndyn_family_authors(run->ctx, (size_t)(K / N), (size_t)N, (size_t)p.num_common,
                                  (size_t)p.num_distinct, family);
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

size_t symmetric_outputs(double first, double last, long per_decade) {
    return (size_t)lround(log10(last / first) * (double)per_decade) + 1;
}

enum attndyn_status symmetric_solve(const struct trial *run, struct reduced_request request,
                                    double first, double last, size_t count, const char *label,
                                    struct reduced_path *path) {
    const struct solver_tolerances to = solver_tolerances_read(run->params);
    bool in_t = request.options.clock == ATTNDYN_REDUCED_T;
    double unit = in_t ? (double)request.family->classes / request.options.eta_y : 1, *x;
    ATTNDYN_ALLOC(run->ctx, x, count);
    attndyn_grid_logarithmic(first * unit, last * unit, count, x);
    request.x = x;
    request.count = count;
    request.rtol = to.rtol;
    request.atol = to.atol;
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, path));
    return label ? SOLVER(run, label, &path->statistics) : ATTNDYN_OK;
}

struct reduced_request symmetric_in_sigma(const struct attndyn_symmetric_family *family, bool qsd) {
    double K = (double)family->classes;
    return (struct reduced_request){
        .family = family,
        .options = {.kind = qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .clock = ATTNDYN_REDUCED_SIGMA,
                    .eta_y = 1,
                    .eta_z = (K - 1) / K},
        .method = reduced_method(family, true)};
}
