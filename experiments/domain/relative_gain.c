/* One point of the map of theorems 3 and 4 of Scan&Snap: the reduced coupled flow to one time, and
 * how far the closed forms are from it there. Sweeps draw the map. */
#include "theory/scansnap/relative_gain.h"
#include "experiments/domain/shared/point.h"
#include "sim/model/scansnap/reduced.h"
#include "theory/scansnap/growth.h"

#include <float.h>

#define RELATIVE_GAIN(X)                                                                           \
    X(INT, K, "20", "classes K", IN(2, 1e6))                                                       \
    X(INT, N, "1", "classes per last token N, a divisor of K", IN(1, 1e6))                         \
    X(INT, num_distinct, "10",                                                                     \
      "distinct tokens D of each class, weights evenly spaced from 0.1 to 1", IN(2, 10000))        \
    X(INT, num_common, "10", "common tokens G", IN(1, 10000))                                      \
    X(REAL, common_weight, "1", "weight of each common token, which makes the classes overlap",    \
      IN(1e-6, 1e6))                                                                               \
    X(REAL, ratio, "100", "eta_Y/eta_Z", IN(1e-6, 1e12))                                           \
    X(REAL, scaled_time, "100", "eta_Y t/K at the point", IN(1e-6, 1e12))                          \
    X(REAL, rtol, "1e-10", "relative tolerance", IN(1e-13, 1e-3))
PARAMS(relative_gain, RELATIVE_GAIN)

#define OUTCOME(X)                                                                                 \
    X(REAL, gain_error,                                                                            \
      "theorem 3: largest |ln(r/r(0)) / ln chi - 1| over the pairs with the most probable "        \
      "distinct token")                                                                            \
    X(REAL, xi_spread,                                                                             \
      "(max - min)/xi_n over the distinct tokens l of xi_nl = (dz_ml/dt)/(eta_Z f_nl^2)")          \
    X(REAL, prefactor_error, "theorem 4: |dB/d ln sigma / pi - 1| against the late prefactor pi")  \
    X(REAL, rho_sigma2, "rho sigma^2, sigma the internal time, rho = (eta_Z/eta_Y) K/(K-1)")       \
    X(REAL, chi, "chi of the most probable distinct token: how much the attention has moved")      \
    X(REAL, entropy_distinct, "entropy of c_n on the distinct tokens", .unit = "nat")
SCALARS(outcome, OUTCOME)

static enum attndyn_status family(struct attndyn_context *ctx, const struct relative_gain *p,
                                  struct attndyn_symmetric_family *family) {
    size_t D = (size_t)p->num_distinct, G = (size_t)p->num_common;
    double *weights, *commons;
    ATTNDYN_ALLOC(ctx, weights, D);
    ATTNDYN_ALLOC(ctx, commons, G);
    for (size_t j = 0; j < D; j++) weights[j] = 0.1 + 0.9 * (double)j / (double)(D - 1);
    for (size_t g = 0; g < G; g++) commons[g] = p->common_weight;
    return attndyn_family_create(ctx, (size_t)p->K, (size_t)p->N, weights, D, commons, G, family);
}

/* The largest error of theorem 3's closed form over the pairs (most probable, other). */
static double gain_error(const struct attndyn_reduced *model, const double *y) {
    const double *z = y + model->at_z;
    size_t top = model->D - 1;
    double most = 0;
    for (size_t j = 0; j < top; j++) {
        double growth = attndyn_gain_ln_growth(model->p[top], z[top], model->p[j], z[j]);
        worst(&most, growth / (2 * z[top]) - 1);
    }
    return most;
}

RUN(relative_gain) {
    struct attndyn_symmetric_family f;
    ATTNDYN_TRY(family(run->ctx, p, &f));
    const struct attndyn_reduced_options options = {.kind = ATTNDYN_REDUCED_COUPLED,
                                                    .clock = ATTNDYN_REDUCED_T,
                                                    .eta_y = 1,
                                                    .eta_z = 1 / p->ratio};
    struct attndyn_reduced *model;
    ATTNDYN_TRY(attndyn_reduced_create(run->ctx, &f, &options, &model));
    double *y, t = p->scaled_time * (double)f.classes;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    /* The flow is stiff if the attention moves faster than the decoder. */
    ATTNDYN_TRY(point_solve(run, "reduced", &model->problem,
                            p->ratio < 0.3 ? ATTNDYN_ODE_BDF_DENSE : ATTNDYN_ODE_ADAMS, p->rtol, t,
                            y));
    struct attndyn_reduced_seen seen;
    attndyn_reduced_see(model, t, y, &seen);
    double prefactor =
        attndyn_growth_prefactor_coupled((double)f.distinct, (double)f.commons, (double)model->N);
    /* d ln sigma/d ln t = (eta_Y t/K) delta / sigma */
    double measured = seen.B_slope * seen.sigma / (seen.scaled_time * seen.delta);
    ATTNDYN_TRY(SET(run, outcome, .gain_error = gain_error(model, y),
                    .xi_spread = (seen.xi_max - seen.xi_min) / seen.xi,
                    .prefactor_error = fabs(measured / prefactor - 1),
                    .rho_sigma2 = seen.rho_sigma2, .chi = seen.chi_max,
                    .entropy_distinct = seen.entropy_distinct));
    ATTNDYN_TRY(STATE(run, z, y + model->at_z, model->D));
    return STATE(run, w, y + model->at_w, model->G);
}

#define PARAMETERS relative_gain

CLAIM(first_order, "D3.first-order", DERIVED,
      "For rho sigma^2 << 1 the error of Theorem 3's closed form, |ln(r/r(0))/ln chi - 1| for the "
      "relative gain r of the most probable over another distinct token l' of a class, is "
      "f_l'^2(0) rho sigma^2/6 where it is largest, for the second most probable l'; sigma is the "
      "internal time, rho = (eta_Z/eta_Y) K/(K-1).",
      "the largest error is off that by more than {percent}", .bound = 0.05) {
    struct attndyn_symmetric_family f;
    ATTNDYN_TRY(family(run->ctx, p, &f));
    double theta = SCALAR_OF(run, outcome, rho_sigma2), norm = 0;
    if (!(theta < 0.1))
        return verdict_skip(v, "first order in rho sigma^2, which is %.3g here", theta);
    for (size_t j = 0; j < f.distinct; j++) norm += f.p[j] * f.p[j];
    for (size_t g = 0; g < f.commons; g++) norm += f.q[g] * f.q[g];
    double second = f.p[f.distinct - 2] * f.p[f.distinct - 2] / norm, expected = second * theta / 6;
    if (expected < 1e3 * p->rtol)
        return verdict_skip(
            v, "the expected error, %.2g, is below what the solver resolves (1000 rtol)", expected);
    /* If classes hardly overlap, z is a small difference of terms of size rho sigma^2. */
    double z = STATE_OF(run, z, (long)f.distinct - 1), lost = DBL_EPSILON * theta / z;
    if (100 * lost > expected)
        return verdict_skip(
            v,
            "z = %.2g of the most probable token: too little beside rho sigma^2 = %.2g for an "
            "error of %.2g to be seen",
            z, theta, expected);
    return verdict_near(v, SCALAR_OF(run, outcome, gain_error), expected, v->bound,
                        "error %.4g at rho sigma^2 = %.3g", SCALAR_OF(run, outcome, gain_error),
                        theta);
}

static const struct check *const relative_gain_claims[] = {&first_order, NULL};

const struct experiment experiment_domain_relative_gain = {
    .id = "domain/relative-gain",
    .title = "One point of the map of theorems 3 and 4: rates, time, overlap",
    .source = "Scan&Snap (arXiv 2305.16380), theorems 3 and 4",
    .doc =
        "The reduced coupled flow (V = K) to eta_Y t/K = scaled_time at eta_Y/eta_Z = ratio, and "
        "there the error of theorem 3's closed form r = r(0) chi, the spread of xi, and how far "
        "dB/d ln sigma is from the prefactor of theorem 4's late law. Made for sweeps: `attndyn "
        "sweep --preset scansnap-phase-diagram`.",
    .presets =
        (const struct preset[]){{"quick", "ratio=1e5", "a point where the first order suffices"},
                                {0}},
    .tables = TABLES(the_state),
    PARTS_OF(relative_gain, outcome)};
