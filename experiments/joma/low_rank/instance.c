/* Instances: their gradient statistics drawn at random, the model that they follow, its laws. */
#include "low_rank.h"

#include "experiments/shared/solve.h"

enum attndyn_status low_rank_delta(struct attndyn_context *ctx, const struct low_rank *p,
                                   enum family family, uint64_t seed, size_t m, size_t k,
                                   double *delta) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, p->rng, seed));
    if (family != family_ce)
        attndyn_random_normals(&random, 1, m * k, delta);
    else
        attndyn_random_uniforms(&random, 1, m * k, delta);
    for (size_t l = 0; l < m && (family == family_lognormal || family == family_zipf); l++) {
        double factor = family == family_lognormal ? exp(0.5 * attndyn_random_normal(&random))
                                                   : 1 / (double)(l + 1);
        for (size_t j = 0; j < k; j++) delta[l * k + j] *= factor;
    }
    if (family == family_ce) {
        for (size_t j = 0; j < k; j++) {
            double sum = 0;
            for (size_t l = 0; l < m; l++) sum += delta[l * k + j];
            for (size_t l = 0; l < m; l++) delta[l * k + j] /= sum * (double)k;
        }
        for (size_t l = 0; l < m; l++) {
            double mean = 0;
            for (size_t j = 0; j < k; j++) mean += delta[l * k + j] / (double)k;
            for (size_t j = 0; j < k; j++) delta[l * k + j] -= mean;
        }
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

struct attndyn_ode_options low_rank_options(const struct low_rank *p,
                                            enum attndyn_ode_method method) {
    struct attndyn_ode_options options = solve_within(method, p->rtol, p->rtol / 100);
    options.step = 0.005;
    return options;
}

struct attndyn_joma_folded low_rank_model(size_t m, size_t k, const double *delta,
                                          enum attndyn_joma_form form) {
    return (struct attndyn_joma_folded){.tokens = m,
                                        .nodes = k,
                                        .delta = delta,
                                        .eta_w = 1,
                                        .rho = 1,
                                        .form = form,
                                        .rescaled = true,
                                        .stop_at = 30,
                                        .t_end = INFINITY};
}

void low_rank_laws(size_t m, size_t k, const double *delta, struct attndyn_joma_erf *laws) {
    for (size_t l = 0; l < m; l++) laws[l] = attndyn_joma_row_law(k, delta + l * k, NULL, 0, 1, 1);
}
