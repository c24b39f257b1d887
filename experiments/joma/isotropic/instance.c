#include "experiments/joma/shared/components.h"
#include "isotropic.h"

#include <string.h>

double isotropic_preactivation(const struct isotropic_instance *in, const double *w, size_t c) {
    double r = w[in->d];
    for (size_t j = 0; j < in->d; j++) r += w[j] * in->centres[c * in->d + j];
    return r;
}

double isotropic_sample_worth(const struct isotropic_instance *in, const double *weights,
                              double scale, double samples) {
    double worth = 0;
    for (size_t c = 0; c < in->clusters; c++)
        worth += fabs(weights[c]) * (1 + joma_norm(in->centres + c * in->d, in->d) + scale);
    return fmax(worth / samples, 1e-300);
}

struct attndyn_activation isotropic_activation(const struct isotropic_instance *in,
                                               enum attndyn_theta_activation activation) {
    struct attndyn_activation a = {.slope = in->theta.slope};
    if (!attndyn_activation_named(attndyn_theta_activation_name(activation), &a.kind))
        a.kind = ATTNDYN_ACTIVATION_LINEAR; /* never reached: both lists have the same names */
    return a;
}

void isotropic_derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                          void *user) {
    (void)c;
    const struct isotropic_sampled *sampled = user;
    attndyn_activation_slopes(sampled->activation[which], count, h, f);
}

enum attndyn_status isotropic_create(const struct trial *run, const struct isotropic *p,
                                     struct isotropic_instance *in) {
    struct attndyn_context *ctx = run->ctx;
    size_t given = p->centres.count, n_v = p->v0.count, n_targets = p->targets.count;
    *in = (struct isotropic_instance){
        .run = run, .p = p, .weights = p->weights.at, .clusters = p->weights.count};
    if (!in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "weights is empty: name one a_c for each cluster");
    if (given % in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "centres has %zu numbers, which %zu weights cannot share: give C x d "
                            "numbers and C weights",
                            given, in->clusters);
    in->d = given ? given / in->clusters : (size_t)p->d;
    if (n_v > 1 && n_v != in->d)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "v0 has %zu numbers, expected d = %zu, 1 or none",
                            n_v, in->d);
    if (n_targets && n_targets != in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "targets has %zu numbers, expected one for each of the %zu weights, or "
                            "none",
                            n_targets, in->clusters);
    struct attndyn_random random;
    ATTNDYN_ALLOC(ctx, in->centres, in->clusters * in->d);
    ATTNDYN_ALLOC(ctx, in->w0, in->d + 1);
    ATTNDYN_ALLOC(ctx, in->targets, in->clusters);
    ATTNDYN_ALLOC(ctx, in->share, in->clusters);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, p->rng, (uint64_t)p->seed));
    if (given)
        memcpy(in->centres, p->centres.at, given * sizeof *in->centres);
    else
        attndyn_random_normals(&random, p->centre_scale, in->clusters * in->d, in->centres);
    if (n_v)
        for (size_t j = 0; j < in->d; j++) in->w0[j] = p->v0.at[n_v == 1 ? 0 : j];
    else
        attndyn_random_normals(&random, p->v_scale, in->d, in->w0);
    attndyn_random_done(&random);
    in->w0[in->d] = p->xi0;
    in->n0 = joma_norm(in->w0, in->d);
    if (!(in->n0 >= 1e-150))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "v0 = 0 has no direction, and theta is singular there: start with "
                            "||v|| of 1e-3, say");
    for (size_t c = 0; c < in->clusters; c++) {
        in->targets[c] = n_targets ? p->targets.at[c] : (double)(1 - c % 2);
        in->share[c] = 1 / (double)in->clusters;
    }
    in->theta =
        (struct attndyn_theta){.activation = p->activation, .slope = p->slope, .sigma = p->sigma};
    return ATTNDYN_OK;
}
