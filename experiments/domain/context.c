/* One point of the map of finite contexts: SGD beside the population flow. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/sgd.h"

#include <math.h>

static const struct param params[] = {
    {"seq_len", PARAM_INT, "128", 2, 1e7, .doc = "T: the last token and T - 1 context tokens"},
    {"batch", PARAM_INT, "128", 1, 1e6, .doc = "samples a step; the same number of each class"},
    {"dt", PARAM_REAL, "0.05", 1e-6, 10, .doc = "time of one step: lr = eta dt"},
    {"t_end", PARAM_REAL, "10", 1e-3, 1e5, .doc = "horizon"},
    {"eta_y", PARAM_REAL, "4", 1e-9, 1e9, .doc = "rate of Y"},
    {"eta_z", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of Z"},
    {"num_last", PARAM_INT, "1", 1, 1000, .doc = "last tokens L"},
    {"num_next_per_last", PARAM_INT, "2", 1, 1000, .doc = "classes per last token N"},
    {"seed", PARAM_INT, "1", .doc = "seed of the samples"},
    {0}};

static const struct preset presets[] = {{"quick", "", "one point"}, {0}};
static const struct table tables[] = {STATE_TABLE, {0}};
static const struct scalar scalars[] = {
    {"z_error", NULL, "|z_SGD - z_flow| / |z_flow| at t_end", false},
    {"step_error", NULL, "the same for the population's gradient descent: the step alone", false},
    {0}};

static enum attndyn_status descend(struct attndyn_context *ctx, const struct params *p,
                                   const struct attndyn_distribution *d, bool sampled,
                                   struct attndyn_sgd **sgd) {
    double dt = param_real(p, "dt");
    const struct attndyn_sgd_options options = {
        .seq_len = sampled ? (size_t)param_int(p, "seq_len") : 0,
        .batch = sampled ? (size_t)param_int(p, "batch") : 0,
        .lr_y = param_real(p, "eta_y") * dt,
        .lr_z = param_real(p, "eta_z") * dt,
        .balanced = sampled,
        .seed = (uint64_t)param_int(p, "seed")};
    ATTNDYN_TRY(attndyn_sgd_create(ctx, d, &options, sgd));
    long steps = lround(param_real(p, "t_end") / dt);
    for (long i = 0; i < steps; i++) {
        attndyn_sgd_step(*sgd);
        if (i % 64 == 0) ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    return ATTNDYN_OK;
}

static double relative(const double *a, const double *b, size_t n) {
    double above = 0, below = 0;
    for (size_t i = 0; i < n; i++) {
        above += (a[i] - b[i]) * (a[i] - b[i]);
        below += b[i] * b[i];
    }
    return sqrt(above / below);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t classes = (size_t)(param_int(p, "num_last") * param_int(p, "num_next_per_last"));
    if (classes < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "num_last = num_next_per_last = 1: of one class nothing is learnt: "
                            "expected two classes or more");
    if (lround(param_real(p, "t_end") / param_real(p, "dt")) < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "t_end/dt = %.3g: less than a step",
                            param_real(p, "t_end") / param_real(p, "dt"));
    if ((size_t)param_int(p, "batch") % classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "batch=%ld: expected a multiple of the %zu classes, so that each has "
                            "as many samples",
                            param_int(p, "batch"), classes);
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_family_authors(ctx, (size_t)param_int(p, "num_last"),
                                       (size_t)param_int(p, "num_next_per_last"), 10, 10, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_NEXT, &d));
    const struct attndyn_flow_options options = {.eta_y = param_real(p, "eta_y"),
                                                 .eta_z = param_real(p, "eta_z")};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_options solver = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    double t = (double)lround(param_real(p, "t_end") / param_real(p, "dt")) * param_real(p, "dt");
    struct attndyn_ode_statistics statistics;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &solver, 0, flow->initial, &t, 1, NULL, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, "flow", &statistics));
    struct attndyn_sgd *sampled, *population;
    ATTNDYN_TRY(descend(ctx, p, d, true, &sampled));
    ATTNDYN_TRY(descend(ctx, p, d, false, &population));
    const double *z = flow->initial + flow->z_at;
    size_t n = flow->n - flow->z_at;
    ATTNDYN_TRY(results_scalar(ctx, results, "z_error", relative(sampled->z, z, n)));
    ATTNDYN_TRY(results_scalar(ctx, results, "step_error", relative(population->z, z, n)));
    return results_emit_state(ctx, results, "z", sampled->z, n);
}

static enum attndyn_status check_euler(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx;
    bool reference = param_real(p, "eta_y") == 4 && param_real(p, "eta_z") == 1 &&
                     param_real(p, "t_end") == 10 && param_int(p, "num_last") == 1 &&
                     param_int(p, "num_next_per_last") == 2 && param_real(p, "dt") <= 0.1;
    if (!reference) return verdict_skip(v, "the coefficient is known for the default setting only");
    double error = results_scalar_value(results, "step_error");
    return verdict_near(v, error / param_real(p, "dt"), 0.040, 0.05, "error %.4g at dt = %.3g",
                        error, param_real(p, "dt"));
}

static const struct check *const checks[] = {
    &(const struct check){"D0.euler-coefficient", CHECK_CLAIM,
     "gradient descent on the population departs from the flow by 0.040 dt at t = 10",
     "derived here (Euler is of first order; coefficient from an independent program)",
     "the step, the flow or the rates disagree", check_euler},
    NULL};

const struct experiment experiment_domain_context = {
    .id = "domain/context",
    .title = "One point of the map of finite contexts: SGD against the population flow",
    .source = "Scan&Snap (arXiv 2305.16380), the limit T -> infinity",
    .doc =
        "The theory takes infinitely long contexts and the population's gradient. Here SGD on "
        "contexts of T - 1 drawn tokens, a class-balanced batch, steps of dt, beside the flow at "
        "the same time; and gradient descent on the population, which shows what the step alone "
        "does. Made for sweeps: `attndyn sweep --preset scansnap-finite-context`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
