/* Which parameterisations of the transformer train as Y and Z, which do not, and by how much. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/original.h"

#include "experiments/scansnap/shared/data_params.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    DATA_PARAMS("2", "2", "vocabulary"),
    {"eta_y", PARAM_REAL, "10", 1e-9, 1e9, .doc = "rate of W_V"},
    {"eta_z", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of W, or of W_Q and W_K"},
    {"width", PARAM_INT, "64", 1, 10000, .doc = "d of the orthonormal U; at least M"},
    {"gaussian_widths", PARAM_REALS, "32,64,256", 1, 10000, .doc = "d of the Gaussian U"},
    {"initial_sds", PARAM_REALS, "0.01,0.1", 1e-9, 10,
     .doc = "standard deviations of W_Q and W_K at first, trained separately"},
    {"t_end", PARAM_REAL, "5", 1e-9, 1e9, .doc = "horizon"},
    {"points", PARAM_INT, "20", 2, 10000, .doc = "outputs, logarithmic from t_end/1000"},
    {"rtol", PARAM_REAL, "1e-10", 1e-14, 0.1, .doc = "relative tolerance where the flow is exact"},
    {"rtol_others", PARAM_REAL, "1e-6", 1e-14, 0.1, .doc = "relative tolerance elsewhere"},
    {"seed", PARAM_INT, "1", .doc = "of U and the initial values"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "M = 56 tokens, d = 64, Gaussian U up to d = 256"},
    {"wide", "gaussian_widths=64,256,1024", "how slowly a Gaussian U becomes orthonormal"},
    {0}};

static const struct column variant_columns[] = {
    {"variant", COLUMN_TEXT, .doc = "how Y and Z are parameterised"},
    {"d", COLUMN_INT, .doc = "width"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"y_error", COLUMN_REAL, .doc = "|Y - Y0 - Y_flow| / |Y_flow|, Frobenius, all entries"},
    {"z_error", COLUMN_REAL, .doc = "the same of Z"},
    {"z_ratio", COLUMN_REAL, .doc = "|Z - Z0| / |Z_flow|"},
    {"z_cosine", COLUMN_REAL, .doc = "between the two; empty if one is zero", .optional = true},
    {0}};
static const struct table tables[] = {
    {"variants", "each variant against the flow of Y and Z", variant_columns}, STATE_TABLE, {0}};

static const struct scalar scalars[] = {
    {"product_error", NULL, "largest relative error of Y and Z: U orthonormal, W one parameter",
     false},
    {"scaled_error", NULL, "the same with logits over sqrt(d), against the flow at eta_z/d", false},
    {"separate_zero", NULL, "largest |Z| from W_Q = W_K = 0", false},
    {"separate_error", NULL, "smallest relative error of Z at the end, W_Q and W_K separate",
     false},
    {"identity_ratio", NULL, "early speed of Z from W_Q = W_K = I, over the flow's", false},
    {"trained_u_error", NULL, "relative error of Z at the end with U trained", false},
    {"gaussian_error", NULL, "smallest relative error of Z at the end over the Gaussian U", true},
    {0}};

static const struct figure figures[] = {
    {"original_parameters", "scansnap/original_parameters/original_parameters.gp",
     "Relative distance of Z from the Y/Z flow over time. With U orthonormal and W_Q W_K^T trained "
     "as one matrix it is the integrator's error; every other way to train departs from the flow "
     "at once."},
    {0}};

struct lab {
    struct attndyn_context *ctx;
    const struct params *params;
    struct results *results;
    const struct attndyn_distribution *d;
    size_t points;
    double *times;
    double *Y, *Z; /* (points, M M) in the order of tokens, (points, L M): the flow's */
    const size_t *column_token;
    struct attndyn_flow *flow;
    /* the variant at hand */
    const char *name;
    struct attndyn_original *model;
    double *Y0, *Z0, *Yt, *Zt;
    double worst, end_error, early_ratio, largest_z;
};

static size_t y_size(const struct lab *lab) {
    return lab->d->tokens * lab->d->tokens;
}
static size_t z_size(const struct lab *lab) {
    return lab->d->last_tokens * lab->d->tokens;
}

static enum attndyn_status keep_flow(void *user, size_t index, double t, const double *y) {
    struct lab *lab = user;
    size_t M = lab->d->tokens;
    (void)t;
    attndyn_flow_expand_z(lab->flow, y, lab->Z + index * z_size(lab));
    attndyn_flow_expand_y(lab->flow, y, lab->Yt);
    for (size_t l = 0; l < M; l++)
        for (size_t j = 0; j < M; j++)
            lab->Y[index * y_size(lab) + l * M + lab->column_token[j]] = lab->Yt[l * M + j];
    return ATTNDYN_OK;
}

/* The Y/Z flow at the same times. */
static enum attndyn_status solve_flow(struct lab *lab, double eta_z) {
    const struct attndyn_flow_options options = {.eta_y = param_real(lab->params, "eta_y"),
                                                 .eta_z = eta_z};
    ATTNDYN_TRY(attndyn_flow_create(lab->ctx, lab->d, &options, &lab->flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(lab->flow);
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_observer observer = {.output = keep_flow, .user = lab};
    double *y;
    how.rtol = param_real(lab->params, "rtol");
    ATTNDYN_ALLOC(lab->ctx, y, problem.n + problem.quadratures);
    return attndyn_ode_solve(lab->ctx, &problem, &how, 0, y, lab->times, lab->points, &observer,
                             NULL);
}

/* Of a - a0 against b: relative error, ratio of norms, cosine. */
static void compare(const double *a, const double *a0, const double *b, size_t n, double *error,
                    double *ratio, double *cosine) {
    double aa = 0, bb = 0, ab = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        double x = a[i] - a0[i];
        aa += x * x;
        bb += b[i] * b[i];
        ab += x * b[i];
        off += (x - b[i]) * (x - b[i]);
    }
    *error = sqrt(off / bb);
    *ratio = sqrt(aa / bb);
    *cosine = aa > 0 ? ab / sqrt(aa * bb) : NAN;
}

static enum attndyn_status see(void *user, size_t index, double t, const double *y) {
    struct lab *lab = user;
    double y_error, z_error, y_ratio, z_ratio, cosine;
    attndyn_original_matrices(lab->model, y, lab->Yt, lab->Zt);
    compare(lab->Yt, lab->Y0, lab->Y + index * y_size(lab), y_size(lab), &y_error, &y_ratio,
            &cosine);
    compare(lab->Zt, lab->Z0, lab->Z + index * z_size(lab), z_size(lab), &z_error, &z_ratio,
            &cosine);
    if (index == 0) lab->early_ratio = z_ratio;
    /* early Z is below the absolute tolerance: judge from t_end/10 on */
    if (t >= lab->times[lab->points - 1] / 10)
        lab->worst = fmax(lab->worst, fmax(y_error, z_error));
    lab->end_error = z_error;
    for (size_t i = 0; i < z_size(lab); i++)
        lab->largest_z = fmax(lab->largest_z, fabs(lab->Zt[i]));
    return EMIT(lab->ctx, lab->results, "variants", S(lab->name),
                I((long)lab->model->options.width), R(t), R(y_error), R(z_error), R(z_ratio),
                R(cosine));
}

static enum attndyn_status variant(struct lab *lab, const char *name,
                                   struct attndyn_original_options options, bool exact) {
    struct attndyn_ode_statistics statistics;
    double *y;
    options.eta_y = param_real(lab->params, "eta_y");
    options.eta_z = param_real(lab->params, "eta_z");
    options.seed = (uint64_t)param_int(lab->params, "seed");
    lab->name = name;
    lab->worst = lab->end_error = lab->early_ratio = lab->largest_z = 0;
    ATTNDYN_TRY(attndyn_original_create(lab->ctx, lab->d, &options, &lab->model));
    ATTNDYN_ALLOC(lab->ctx, y, lab->model->n);
    memcpy(y, lab->model->initial, lab->model->n * sizeof *y);
    attndyn_original_matrices(lab->model, y, lab->Y0, lab->Z0);
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_observer observer = {.output = see, .user = lab};
    how.rtol = param_real(lab->params, exact ? "rtol" : "rtol_others");
    how.atol = exact ? 1e-14 : 1e-3 * how.rtol;
    how.max_order = lab->model->n > 20000 ? 5 : 0; /* vectors cost more than gradients there */
    ATTNDYN_TRY(attndyn_ode_solve(lab->ctx, &lab->model->problem, &how, 0, y, lab->times,
                                  lab->points, &observer, &statistics));
    return results_solver(lab->ctx, lab->results, name, &statistics);
}

static enum attndyn_status variants(struct lab *lab) {
    size_t d = (size_t)param_int(lab->params, "width"), count;
    ATTNDYN_TRY(variant(lab, "product", (struct attndyn_original_options){.width = d}, true));
    ATTNDYN_TRY(results_scalar(lab->ctx, lab->results, "product_error", lab->worst));
    ATTNDYN_TRY(results_emit_state(lab->ctx, lab->results, "Y", lab->Yt, y_size(lab)));
    ATTNDYN_TRY(results_emit_state(lab->ctx, lab->results, "z", lab->Zt, z_size(lab)));

    struct attndyn_original_options separate = {.width = d, .separate = true};
    ATTNDYN_TRY(variant(lab, "separate-zero", separate, false));
    ATTNDYN_TRY(results_scalar(lab->ctx, lab->results, "separate_zero", lab->largest_z));
    double least = lab->end_error;
    const double *sds = param_reals(lab->params, "initial_sds", &count);
    for (size_t i = 0; i < count; i++) {
        separate.initial_sd = sds[i];
        ATTNDYN_TRY(
            variant(lab, attndyn_format(lab->ctx, "separate-sd-%g", sds[i]), separate, false));
        least = fmin(least, lab->end_error);
    }
    separate.initial_sd = 0;
    separate.identity = true;
    ATTNDYN_TRY(variant(lab, "separate-identity", separate, false));
    ATTNDYN_TRY(results_scalar(lab->ctx, lab->results, "identity_ratio", lab->early_ratio));
    ATTNDYN_TRY(
        results_scalar(lab->ctx, lab->results, "separate_error", fmin(least, lab->end_error)));

    ATTNDYN_TRY(variant(lab, "trained-u",
                        (struct attndyn_original_options){.width = d, .train_u = true}, false));
    ATTNDYN_TRY(results_scalar(lab->ctx, lab->results, "trained_u_error", lab->end_error));

    const double *widths = param_reals(lab->params, "gaussian_widths", &count);
    double gaussian = INFINITY;
    for (size_t i = 0; i < count; i++) {
        attndyn_progress(lab->ctx, "Gaussian U", (double)i, (double)count);
        uint64_t mark = attndyn_memory_mark(lab->ctx);
        ATTNDYN_TRY(
            variant(lab, "gaussian-u",
                    (struct attndyn_original_options){.width = (size_t)widths[i], .gaussian = true},
                    false));
        attndyn_memory_release(lab->ctx, mark);
        gaussian = fmin(gaussian, lab->end_error);
    }
    if (count > 0) ATTNDYN_TRY(results_scalar(lab->ctx, lab->results, "gaussian_error", gaussian));
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_distribution *d;
    struct lab lab = {.ctx = ctx, .params = p, .results = results};
    ATTNDYN_TRY(data_from_params(ctx, p, &d));
    lab.d = d;
    if (!d->next_token)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the output embedding is U: expected columns=vocabulary");
    lab.points = (size_t)param_int(p, "points");
    double t_end = param_real(p, "t_end"), eta_z = param_real(p, "eta_z");
    ATTNDYN_ALLOC(ctx, lab.times, lab.points);
    ATTNDYN_ALLOC(ctx, lab.Y, lab.points * y_size(&lab));
    ATTNDYN_ALLOC(ctx, lab.Z, lab.points * z_size(&lab));
    ATTNDYN_ALLOC(ctx, lab.Y0, y_size(&lab));
    ATTNDYN_ALLOC(ctx, lab.Yt, y_size(&lab));
    ATTNDYN_ALLOC(ctx, lab.Z0, z_size(&lab));
    ATTNDYN_ALLOC(ctx, lab.Zt, z_size(&lab));
    attndyn_grid_logarithmic(t_end / 1000, t_end, lab.points, lab.times);

    /* the scaled variant first: its flow is another; it also tells the order of the columns */
    struct attndyn_original_options scaled = {.width = (size_t)param_int(p, "width"),
                                              .scaled = true};
    ATTNDYN_TRY(attndyn_original_create(ctx, d, &scaled, &lab.model));
    lab.column_token = attndyn_original_columns(lab.model);
    ATTNDYN_TRY(solve_flow(&lab, eta_z / (double)scaled.width));
    ATTNDYN_TRY(variant(&lab, "product-scaled", scaled, true));
    ATTNDYN_TRY(results_scalar(ctx, results, "scaled_error", lab.worst));
    ATTNDYN_TRY(solve_flow(&lab, eta_z));
    return variants(&lab);
}

#define AT_MOST(function, name, bound, ...)                                                        \
    static enum attndyn_status function(struct attndyn_context *ctx, const struct params *p,       \
                                        const struct results *r, struct verdict *v) {              \
        (void)ctx, (void)p;                                                                        \
        return verdict_at_most(v, results_scalar_value(r, name), bound, __VA_ARGS__);              \
    }
AT_MOST(check_product, "product_error", 1e-7, "Y and Z, relative, from t_end/10 on, width %ld",
        param_int(p, "width"))
AT_MOST(check_scaled, "scaled_error", 1e-7, "Y and Z, relative, from t_end/10 on, width %ld",
        param_int(p, "width"))
AT_MOST(check_fixed, "separate_zero", 0, "largest |Z| over the run")

static enum attndyn_status check_identity(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *r, struct verdict *v) {
    (void)ctx;
    return verdict_near(v, results_scalar_value(r, "identity_ratio"), 2, 0.01, "at t = %g",
                        param_real(p, "t_end") / 1000);
}
static enum attndyn_status check_separate(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_erratum(v, results_scalar_value(r, "separate_error"), 0.1,
                           results_scalar_value(r, "product_error"), 1e-7,
                           "smallest relative error of Z over the starts of W_Q, W_K; with U "
                           "trained %.3g",
                           results_scalar_value(r, "trained_u_error"));
}
static enum attndyn_status check_gaussian(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *r, struct verdict *v) {
    (void)ctx;
    double error = results_scalar_value(r, "gaussian_error");
    if (isnan(error)) return verdict_skip(v, "gaussian_widths is empty");
    return verdict_erratum(v, error, 0.1, results_scalar_value(r, "product_error"), 1e-7,
                           "smallest relative error of Z over d = %s",
                           param_value_text(p, "gaussian_widths"));
}

static const struct check *const checks[] = {
    &(const struct check){"C17.product", CHECK_CLAIM,
     "With U U^T = I and W = W_Q W_K^T trained as one matrix, gradient flow in (W_V, W) is the "
     "flow "
     "of Y and Z.",
     "Scan&Snap, section 3 (change of variables)", "Y or Z leaves the flow by more than 1e-7",
     check_product},
    &(const struct check){"C17.scaled", CHECK_CLAIM,
     "With attention logits over sqrt(d) it is the same flow at eta_Z/d.", "derived here",
     "Y or Z leaves that flow by more than 1e-7", check_scaled},
    &(const struct check){"C17.fixed-point", CHECK_CLAIM, "W_Q = W_K = 0 never move when trained separately.",
     "derived here", "Z leaves 0", check_fixed},
    &(const struct check){"C17.identity-doubles", CHECK_CLAIM,
     "From W_Q = W_K = I, trained separately, Z moves at first twice as fast.", "derived here",
     "the early ratio is not 2", check_identity},
    &(const struct check){"E.separate-query-key", CHECK_ERRATUM,
     "Training W_Q and W_K is training Z = U W_Q W_K^T U^T: only if their product is the "
     "parameter.",
     "Scan&Snap, section 3 (change of variables)",
     "Z with W_Q and W_K trained separately follows the flow within 10 %", check_separate},
    &(const struct check){"E.gaussian-embedding", CHECK_ERRATUM,
     "A random embedding is nearly orthonormal, so Y and Z describe it: not at usable widths.",
     "Scan&Snap, section 3 (orthonormal embeddings)",
     "Z with a Gaussian U follows the flow within 10 %", check_gaussian},
    NULL};

const struct experiment experiment_scansnap_original_parameters = {
    .id = "scansnap/original-parameters",
    .title = "Which parameterisations train as Y and Z",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "Y = U W_V^T U^T and Z = U W_Q W_K^T U^T turn the transformer into two matrices. Gradient "
        "flow in the original parameters is integrated for each way to train them and held against "
        "the flow of Y and Z with the same rates: orthonormal U with the product W as one "
        "parameter (exact), with logits over sqrt(d) (exact at eta_Z/d), W_Q and W_K separately "
        "from zero, from small random numbers and from the identity, U trained, and U Gaussian "
        "with entries N(0, 1/d). LN acts on the bag-of-words vector throughout. Errors compare the "
        "change since t = 0, over all entries. State: Y (M x M, columns by token) and z (L x M) of "
        "the product form.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
