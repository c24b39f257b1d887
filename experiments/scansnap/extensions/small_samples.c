/* scansnap/extensions: what is learned from small samples, in which common tokens look distinct. */
#include "extensions.h"

#include "experiments/scansnap/shared/full_solve.h"
#include "sim/base/random.h"
#include "sim/data/distribution.h"

enum { PAIR = 2, RARE = SAMPLE_COMMONS, ALL_TOKENS = RARE + 2 * PAIR };
static const double rare = SAMPLE_COMMON, own[PAIR] = {0.25, 0.15}; /* RARE rare + own = 1 */

static enum attndyn_status learn(const struct trial *run, const struct extensions *p,
                                 const double *P, double *z) {
    static const size_t last[PAIR] = {0, 0};
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1};
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    double *y, t = p->t_samples;
    how.rtol = p->rtol, how.atol = 1e-4 * p->rtol;
    ATTNDYN_TRY(attndyn_distribution_dense(run->ctx, PAIR, ALL_TOKENS, P, last, NULL, &d));
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    ATTNDYN_TRY(full_solve(run, flow, &how, &t, 1, NULL, "flow on a sample", &y));
    for (size_t k = flow->z_start[0]; k < flow->z_start[1]; k++)
        z[flow->z_token[k]] = y[flow->z_at + k];
    return ATTNDYN_OK;
}

static enum attndyn_status small_sample(const struct trial *run, const struct extensions *p,
                                        double tokens, long seed) {
    struct attndyn_random random;
    double population[PAIR][ALL_TOKENS] = {{0}}, P[PAIR][ALL_TOKENS], z[ALL_TOKENS] = {0};
    unsigned counts[ALL_TOKENS];
    ATTNDYN_TRY(attndyn_random_init(
        run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
        attndyn_random_derive((uint64_t)seed, "small samples", (uint64_t)tokens)));
    for (size_t n = 0; n < PAIR; n++) {
        for (size_t l = 0; l < RARE; l++) population[n][l] = rare;
        for (size_t j = 0; j < PAIR; j++) population[n][RARE + n * PAIR + j] = own[j];
        attndyn_random_multinomial(&random, ALL_TOKENS, (unsigned)tokens, population[n], counts);
        for (size_t l = 0; l < ALL_TOKENS; l++) P[n][l] = counts[l] / tokens;
    }
    attndyn_random_done(&random);
    ATTNDYN_TRY(learn(run, p, P[0], z));
    double one = 0, both = 0, n_one = 0, n_both = 0, on = 0;
    for (size_t l = 0; l < RARE; l++) {
        if (P[0][l] > 0 && P[1][l] > 0) n_both++, both += z[l];
        if ((P[0][l] > 0) != (P[1][l] > 0)) n_one++, one += z[l];
    }
    for (size_t n = 0; n < PAIR; n++) {
        double common = 0, all = 0;
        for (size_t l = 0; l < ALL_TOKENS; l++) {
            all += population[n][l] * exp(z[l]);
            common += l < RARE ? population[n][l] * exp(z[l]) : 0;
        }
        on += common / all / PAIR;
    }
    double a = pow(1 - rare, tokens);
    return EMIT(run, sampled, .tokens = (long)tokens, .seed = seed, .looks_distinct = (long)n_one,
                .expected = 2 * RARE * a * (1 - a), .z_one = n_one > 0 ? one / n_one : NAN,
                .z_both = n_both > 0 ? both / n_both : NAN, .on_commons = on);
}

enum attndyn_status extensions_small_samples(const struct trial *run, const struct extensions *p) {
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t i = 0; i < p->samples.count; i++)
        for (long s = 0; s < p->sample_seeds; s++) {
            ATTNDYN_TRY(small_sample(run, p, floor(p->samples.at[i]), p->seed + s));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}
