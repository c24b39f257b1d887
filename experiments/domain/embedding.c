/* One point of the map of the embedding: a transformer whose embeddings are not orthonormal. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/original.h"

#include <math.h>

static const struct param params[] = {
    {"width", PARAM_INT, "64", 2, 4096, .doc = "d; an orthonormal U needs d >= M"},
    {"gaussian", PARAM_BOOL, "true",
     .doc = "U of N(0, 1/d) entries, whose Gram matrix is off the identity by 1/sqrt(d) an entry; "
            "false: orthonormal rows"},
    {"t_end", PARAM_REAL, "5", 1e-6, 1e6, .doc = "horizon"},
    {"eta_y", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of W_V"},
    {"eta_z", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of W = W_Q W_K^T"},
    {"num_last", PARAM_INT, "2", 1, 100, .doc = "last tokens L"},
    {"num_next_per_last", PARAM_INT, "2", 1, 100, .doc = "classes per last token N"},
    {"num_common", PARAM_INT, "10", 1, 1000, .doc = "common tokens G"},
    {"num_distinct", PARAM_INT, "10", 1, 1000, .doc = "distinct tokens D of each class"},
    {"rtol", PARAM_REAL, "1e-9", 1e-13, 1e-3, .doc = "relative tolerance"},
    {"seed", PARAM_INT, "1", .doc = "seed of U"},
    {0}};

static const struct preset presets[] = {{"quick", "gaussian=false", "the theory's assumption"},
                                        {0}};
static const struct table tables[] = {STATE_TABLE, {0}};
static const struct scalar scalars[] = {
    {"z_error", NULL, "|Z - Z_flow| / |Z_flow| at t_end", false},
    {"gram_error", NULL, "largest off-diagonal entry of U U^T, in magnitude", false},
    {0}};

static enum attndyn_status solve(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, const char *label,
                                 const struct attndyn_ode_problem *problem, double *y) {
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_statistics statistics;
    double t = param_real(p, "t_end");
    how.rtol = param_real(p, "rtol");
    ATTNDYN_TRY(attndyn_ode_solve(ctx, problem, &how, 0, y, &t, 1, NULL, &statistics));
    return results_solver(ctx, results, label, &statistics);
}

static double gram_error(const struct attndyn_original *model) {
    size_t d = model->options.width;
    double worst = 0;
    for (size_t i = 0; i < model->tokens; i++)
        for (size_t j = 0; j < i; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++) sum += model->U[i * d + k] * model->U[j * d + k];
            worst = fmax(worst, fabs(sum));
        }
    return worst;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_family_authors(
        ctx, (size_t)param_int(p, "num_last"), (size_t)param_int(p, "num_next_per_last"),
        (size_t)param_int(p, "num_common"), (size_t)param_int(p, "num_distinct"), &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    const struct attndyn_flow_options rates = {.eta_y = param_real(p, "eta_y"),
                                               .eta_z = param_real(p, "eta_z")};
    const struct attndyn_original_options options = {.width = (size_t)param_int(p, "width"),
                                                     .gaussian = param_bool(p, "gaussian"),
                                                     .eta_y = rates.eta_y,
                                                     .eta_z = rates.eta_z,
                                                     .seed = (uint64_t)param_int(p, "seed")};
    struct attndyn_flow *flow;
    struct attndyn_original *model;
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &rates, &flow));
    ATTNDYN_TRY(attndyn_original_create(ctx, d, &options, &model));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    ATTNDYN_TRY(solve(ctx, p, results, "flow", &problem, flow->initial));
    ATTNDYN_TRY(solve(ctx, p, results, "original", &model->problem, model->initial));
    size_t n = d->last_tokens * d->tokens;
    double *Y, *Z, *flow_z, above = 0, below = 0;
    ATTNDYN_ALLOC(ctx, Y, d->tokens * d->tokens);
    ATTNDYN_ALLOC(ctx, Z, n);
    ATTNDYN_ALLOC(ctx, flow_z, n);
    attndyn_original_matrices(model, model->initial, Y, Z);
    attndyn_flow_expand_z(flow, flow->initial, flow_z);
    for (size_t i = 0; i < n; i++) {
        above += (Z[i] - flow_z[i]) * (Z[i] - flow_z[i]);
        below += flow_z[i] * flow_z[i];
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "z_error", sqrt(above / below)));
    ATTNDYN_TRY(results_scalar(ctx, results, "gram_error", gram_error(model)));
    return results_emit_state(ctx, results, "Z", Z, n);
}

static enum attndyn_status check_orthonormal(struct attndyn_context *ctx, const struct params *p,
                                             const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_bool(p, "gaussian"))
        return verdict_skip(v, "the theory takes orthonormal embeddings");
    const double atol = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS).atol;
    double square = 0;
    for (size_t i = 0; i < results_rows(results, "state"); i++) {
        double z = results_real(results, "state", i, "value");
        square += z * z;
    }
    if (sqrt(square) < 1e7 * atol)
        return verdict_skip(v, "|Z| = %.2g: less than the solver resolves (1e7 atol)",
                            sqrt(square));
    return verdict_at_most(v, results_scalar_value(results, "z_error"), 1e-6,
                           "relative distance of Z at rtol %g", param_real(p, "rtol"));
}

static const struct check *const checks[] = {
    &(const struct check){"D5.orthonormal", CHECK_CLAIM, "with orthonormal embeddings the transformer trains as Y and Z",
     "Scan&Snap, section 3 (change of variables)", "Z differs from the flow's", check_orthonormal},
    NULL};

const struct experiment experiment_domain_embedding = {
    .id = "domain/embedding",
    .title = "One point of the map of the embedding: rows of U that are not orthogonal",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "The theory changes variables to Y = U W_V^T U^T and Z = U W_Q W_K^T U^T, which is exact "
        "for U U^T = I. Here U has N(0, 1/d) entries, as an initialised embedding does, and the "
        "distance of Z from the flow's is measured. Made for sweeps: `attndyn sweep --preset "
        "scansnap-embedding`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
