/* One point of the map of theorems 3 and 4 of Scan&Snap: the reduced coupled flow to one time, and
 * how far the closed forms are from it there. Sweeps draw the map. */
#include "theory/scansnap/relative_gain.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/reduced.h"
#include "theory/scansnap/growth.h"

#include <float.h>
#include <math.h>

static const struct param params[] = {
    {"K", PARAM_INT, "20", 2, 1e6, .doc = "classes"},
    {"N", PARAM_INT, "1", 1, 1e6, .doc = "classes per last token; divides K"},
    {"num_distinct", PARAM_INT, "10", 2, 10000, .doc = "D, weights evenly spaced from 0.1 to 1"},
    {"num_common", PARAM_INT, "10", 1, 10000, .doc = "G"},
    {"common_weight", PARAM_REAL, "1", 1e-6, 1e6,
     .doc = "weight of each common token: the classes' overlap"},
    {"ratio", PARAM_REAL, "100", 1e-6, 1e12, .doc = "eta_Y/eta_Z"},
    {"scaled_time", PARAM_REAL, "100", 1e-6, 1e12, .doc = "eta_Y t/K at the point"},
    {"rtol", PARAM_REAL, "1e-10", 1e-13, 1e-3, .doc = "relative tolerance"},
    {0}};

static const struct preset presets[] = {
    {"quick", "ratio=1e5", "a point where the first order suffices"}, {0}};

static const struct table tables[] = {STATE_TABLE, {0}};

static const struct scalar scalars[] = {
    {"gain_error", NULL,
     "theorem 3: largest |ln(r/r(0)) / ln chi - 1| over the pairs with the most "
     "probable distinct token",
     false},
    {"xi_spread", NULL, "(max - min)/xi_n of xi_nl over the distinct tokens", false},
    {"prefactor_error", NULL, "theorem 4: |dB/d ln sigma / pi - 1| against the late prefactor pi",
     false},
    {"rho_sigma2", NULL, "rho sigma^2", false},
    {"chi", NULL, "chi of the most probable distinct token: how much the attention has moved",
     false},
    {"entropy_distinct", "nat", "of c_n on the distinct tokens", false},
    {0}};

static enum attndyn_status family(struct attndyn_context *ctx, const struct params *p,
                                  struct attndyn_symmetric_family *family) {
    size_t D = (size_t)param_int(p, "num_distinct"), G = (size_t)param_int(p, "num_common");
    double *weights, *commons;
    ATTNDYN_ALLOC(ctx, weights, D);
    ATTNDYN_ALLOC(ctx, commons, G);
    for (size_t j = 0; j < D; j++) weights[j] = 0.1 + 0.9 * (double)j / (double)(D - 1);
    for (size_t g = 0; g < G; g++) commons[g] = param_real(p, "common_weight");
    return attndyn_family_create(ctx, (size_t)param_int(p, "K"), (size_t)param_int(p, "N"), weights,
                                 D, commons, G, family);
}

/* The largest error of theorem 3's closed form over the pairs (most probable, other). */
static double gain_error(const struct attndyn_reduced *model, const double *y) {
    const double *z = y + model->at_z;
    size_t top = model->D - 1;
    double worst = 0;
    for (size_t j = 0; j < top; j++) {
        double growth = attndyn_gain_ln_growth(model->p[top], z[top], model->p[j], z[j]);
        worst = fmax(worst, fabs(growth / (2 * z[top]) - 1));
    }
    return worst;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_symmetric_family f;
    ATTNDYN_TRY(family(ctx, p, &f));
    const struct attndyn_reduced_options options = {.kind = ATTNDYN_REDUCED_COUPLED,
                                                    .clock = ATTNDYN_REDUCED_T,
                                                    .eta_y = 1,
                                                    .eta_z = 1 / param_real(p, "ratio")};
    struct attndyn_reduced *model;
    ATTNDYN_TRY(attndyn_reduced_create(ctx, &f, &options, &model));
    double *y, t = param_real(p, "scaled_time") * (double)f.classes;
    ATTNDYN_ALLOC(ctx, y, model->n);
    /* Stiff where the attention moves faster than the decoder. */
    struct attndyn_ode_options solver = attndyn_ode_defaults(
        param_real(p, "ratio") < 0.3 ? ATTNDYN_ODE_BDF_DENSE : ATTNDYN_ODE_ADAMS);
    solver.rtol = param_real(p, "rtol");
    struct attndyn_ode_statistics statistics;
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &model->problem, &solver, 0, y, &t, 1, NULL, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, "reduced", &statistics));
    struct attndyn_reduced_seen seen;
    attndyn_reduced_see(model, t, y, &seen);
    double prefactor =
        attndyn_growth_prefactor_coupled((double)f.distinct, (double)f.commons, (double)model->N);
    /* d ln sigma/d ln t = (eta_Y t/K) delta / sigma */
    double measured = seen.B_slope * seen.sigma / (seen.scaled_time * seen.delta);
    ATTNDYN_TRY(results_scalar(ctx, results, "gain_error", gain_error(model, y)));
    ATTNDYN_TRY(results_scalar(ctx, results, "xi_spread", (seen.xi_max - seen.xi_min) / seen.xi));
    ATTNDYN_TRY(results_scalar(ctx, results, "prefactor_error", fabs(measured / prefactor - 1)));
    ATTNDYN_TRY(results_scalar(ctx, results, "rho_sigma2", seen.rho_sigma2));
    ATTNDYN_TRY(results_scalar(ctx, results, "chi", seen.chi_max));
    ATTNDYN_TRY(results_scalar(ctx, results, "entropy_distinct", seen.entropy_distinct));
    ATTNDYN_TRY(results_emit_state(ctx, results, "z", y + model->at_z, model->D));
    return results_emit_state(ctx, results, "w", y + model->at_w, model->G);
}

static enum attndyn_status check_first_order(struct attndyn_context *ctx, const struct params *p,
                                             const struct results *results, struct verdict *v) {
    struct attndyn_symmetric_family f;
    ATTNDYN_TRY(family(ctx, p, &f));
    double theta = results_scalar_value(results, "rho_sigma2"), norm = 0;
    if (!(theta < 0.1))
        return verdict_skip(v, "first order in rho sigma^2, which is %.3g here", theta);
    for (size_t j = 0; j < f.distinct; j++) norm += f.p[j] * f.p[j];
    for (size_t g = 0; g < f.commons; g++) norm += f.q[g] * f.q[g];
    double second = f.p[f.distinct - 2] * f.p[f.distinct - 2] / norm, expected = second * theta / 6;
    if (expected < 1e3 * param_real(p, "rtol"))
        return verdict_skip(v,
                            "the expected error, %.2g, is below what the solver resolves (1000 "
                            "rtol)",
                            expected);
    /* Where classes hardly overlap z is the small difference of terms of size rho sigma^2. */
    double z = results_state_value(results, "z", (long)f.distinct - 1),
           lost = DBL_EPSILON * theta / z;
    if (100 * lost > expected)
        return verdict_skip(v,
                            "z = %.2g of the most probable token: too little beside rho sigma^2 "
                            "= %.2g for an error of %.2g to be seen",
                            z, theta, expected);
    return verdict_near(v, results_scalar_value(results, "gain_error"), expected, 0.05,
                        "error %.4g at rho sigma^2 = %.3g",
                        results_scalar_value(results, "gain_error"), theta);
}

static const struct check *const checks[] = {
    &(const struct check){"D3.first-order", CHECK_CLAIM,
     "for rho sigma^2 << 1 theorem 3's relative error is f_l'^2(0) rho sigma^2/6",
     "Scan&Snap, theorem 3; the expansion is derived here",
     "the closed form of r, the flow or the internal time is wrong", check_first_order},
    NULL};

const struct experiment experiment_domain_relative_gain = {
    .id = "domain/relative-gain",
    .title = "One point of the map of theorems 3 and 4: rates, time, overlap",
    .source = "Scan&Snap (arXiv 2305.16380), theorems 3 and 4",
    .doc =
        "The reduced coupled flow (V = K) to eta_Y t/K = scaled_time at eta_Y/eta_Z = ratio, and "
        "there the error of theorem 3's closed form r = r(0) chi, the spread of xi, and how far "
        "dB/d ln sigma is from the prefactor of theorem 4's late law. Made for sweeps: "
        "`attndyn sweep --preset scansnap-phase-diagram`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
