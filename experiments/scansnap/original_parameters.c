/* Which parameterisations of the transformer train as Y and Z, which do not, and by how much. */
#include "experiments/scansnap/shared/data.h"
#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/shared/solve.h"
#include "sim/model/scansnap/original.h"

#include <string.h>

#define ORIGINAL_PARAMETERS(X)                                                                     \
    SCANSNAP_DATA(X, "2", "2", "vocabulary")                                                       \
    X(REAL, eta_y, "10", "rate of the value matrix W_V", IN(1e-9, 1e9))                            \
    X(REAL, eta_z, "1", "rate of W = W_Q W_K^T, or of W_Q and W_K", IN(1e-9, 1e9))                 \
    X(INT, width, "64", "width d of the orthonormal embedding U; at least the number M of tokens", \
      IN(1, 10000))                                                                                \
    X(REALS, gaussian_widths, "32,64,256", "widths d of the Gaussian embedding U", IN(1, 10000))   \
    X(REALS, initial_sds, "0.01,0.1",                                                              \
      "standard deviations of W_Q and W_K at the start, where they are trained separately",        \
      IN(1e-9, 10))                                                                                \
    X(REAL, t_end, "5", "horizon, time t", IN(1e-9, 1e9))                                          \
    X(INT, points, "20", "output times, logarithmic from t_end/1000", IN(2, 10000))                \
    X(REAL, rtol, "1e-10",                                                                         \
      "relative tolerance of the variants that should give the flow of Y and Z exactly",           \
      IN(1e-14, 0.1))                                                                              \
    X(REAL, rtol_others, "1e-6", "relative tolerance of the other variants", IN(1e-14, 0.1))       \
    X(INT, seed, "1", "seed of U and of the values at the start")
PARAMS(original_parameters, ORIGINAL_PARAMETERS)

#define VARIANTS(X)                                                                                \
    X(TEXT, variant, "which variant: how Y and Z are parameterised")                               \
    X(INT, d, "width d of U")                                                                      \
    X(REAL, t, "time t")                                                                           \
    X(REAL, y_error, "|Y - Y(0) - Y_flow| / |Y_flow|, Frobenius norm")                             \
    X(REAL, z_error, "the same of Z")                                                              \
    X(REAL, z_ratio, "|Z - Z(0)| / |Z_flow|")                                                      \
    X(OPTIONAL, z_cosine, "cosine of Z - Z(0) with Z_flow; empty if one is zero")
TABLE(variants, VARIANTS, "each variant against the flow of Y and Z")

#define FOUND(X)                                                                                   \
    X(REAL, product_error, "largest relative error of Y and Z: U orthonormal, W one parameter")    \
    X(REAL, scaled_error, "the same with logits over sqrt(d), against the flow at eta_z/d")        \
    X(REAL, separate_zero, "largest entry of |Z| from W_Q = W_K = 0")                              \
    X(REAL, separate_error, "smallest relative error of Z at the end, W_Q and W_K separate")       \
    X(REAL, identity_ratio, "early speed of Z from W_Q = W_K = I, over that of the flow")          \
    X(REAL, trained_u_error, "relative error of Z at the end with U trained")                      \
    X(OPTIONAL, gaussian_error, "smallest relative error of Z at the end over the Gaussian U")
SCALARS(found, FOUND)

static const struct preset presets[] = {
    {"quick", "", "M = 56 tokens, d = 64, Gaussian U up to d = 256"},
    {"wide", "gaussian_widths=64,256,1024", "how slowly a Gaussian U becomes orthonormal"},
    {0}};

static const struct figure figures[] = {
    {"original_parameters", "scansnap/original_parameters/original_parameters.gp",
     "Relative distance of Z - Z(0) from the Z of the Y/Z flow, over time. With U orthonormal and "
     "W_Q W_K^T trained as one matrix it is the integrator's error; with U trained as well it grows "
     "with time, and every other way to train departs from the flow at once."},
    {0}};

struct lab {
    const struct trial *run;
    const struct original_parameters *p;
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
    const struct attndyn_flow_options options = {.eta_y = lab->p->eta_y, .eta_z = eta_z};
    ATTNDYN_TRY(attndyn_flow_create(lab->run->ctx, lab->d, &options, &lab->flow));
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_observer observer = {.output = keep_flow, .user = lab};
    double *y;
    how.rtol = lab->p->rtol;
    return full_solve(lab->run, lab->flow, &how, lab->times, lab->points, &observer, NULL, &y);
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
    return EMIT(lab->run, variants, .variant = lab->name, .d = (long)lab->model->options.width,
                .t = t, .y_error = y_error, .z_error = z_error, .z_ratio = z_ratio,
                .z_cosine = cosine);
}

static enum attndyn_status variant(struct lab *lab, const char *name,
                                   struct attndyn_original_options options, bool exact) {
    double *y;
    options.eta_y = lab->p->eta_y;
    options.eta_z = lab->p->eta_z;
    options.seed = (uint64_t)lab->p->seed;
    lab->name = name;
    lab->worst = lab->end_error = lab->early_ratio = lab->largest_z = 0;
    ATTNDYN_TRY(attndyn_original_create(lab->run->ctx, lab->d, &options, &lab->model));
    ATTNDYN_ALLOC(lab->run->ctx, y, lab->model->n);
    memcpy(y, lab->model->initial, lab->model->n * sizeof *y);
    attndyn_original_matrices(lab->model, y, lab->Y0, lab->Z0);
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_observer observer = {.output = see, .user = lab};
    how.rtol = exact ? lab->p->rtol : lab->p->rtol_others;
    how.atol = exact ? 1e-14 : 1e-3 * how.rtol;
    /* a high order keeps many vectors, which costs more than gradients at this size */
    how.max_order = lab->model->n > 20000 ? 5 : 0;
    return solve_recorded(lab->run, name, &lab->model->problem, &how, y, lab->times, lab->points,
                          &observer);
}

static enum attndyn_status variants(struct lab *lab) {
    size_t d = (size_t)lab->p->width;
    struct reals sds = lab->p->initial_sds, widths = lab->p->gaussian_widths;
    ATTNDYN_TRY(variant(lab, "product", (struct attndyn_original_options){.width = d}, true));
    ATTNDYN_TRY(SCALAR(lab->run, found, product_error, lab->worst));
    ATTNDYN_TRY(STATE(lab->run, Y, lab->Yt, y_size(lab)));
    ATTNDYN_TRY(STATE(lab->run, z, lab->Zt, z_size(lab)));

    struct attndyn_original_options separate = {.width = d, .separate = true};
    ATTNDYN_TRY(variant(lab, "separate-zero", separate, false));
    ATTNDYN_TRY(SCALAR(lab->run, found, separate_zero, lab->largest_z));
    double least = lab->end_error;
    for (size_t i = 0; i < sds.count; i++) {
        separate.initial_sd = sds.at[i];
        ATTNDYN_TRY(variant(lab, attndyn_format(lab->run->ctx, "separate-sd-%g", sds.at[i]),
                            separate, false));
        least = fmin(least, lab->end_error);
    }
    separate.initial_sd = 0;
    separate.identity = true;
    ATTNDYN_TRY(variant(lab, "separate-identity", separate, false));
    ATTNDYN_TRY(SCALAR(lab->run, found, identity_ratio, lab->early_ratio));
    ATTNDYN_TRY(SCALAR(lab->run, found, separate_error, fmin(least, lab->end_error)));

    ATTNDYN_TRY(variant(lab, "trained-u",
                        (struct attndyn_original_options){.width = d, .train_u = true}, false));
    ATTNDYN_TRY(SCALAR(lab->run, found, trained_u_error, lab->end_error));

    double gaussian = INFINITY;
    for (size_t i = 0; i < widths.count; i++) {
        attndyn_progress(lab->run->ctx, "Gaussian U", (double)i, (double)widths.count);
        uint64_t mark = attndyn_memory_mark(lab->run->ctx);
        struct attndyn_original_options options = {.width = (size_t)widths.at[i], .gaussian = true};
        ATTNDYN_TRY(variant(lab, "gaussian-u", options, false));
        attndyn_memory_release(lab->run->ctx, mark);
        gaussian = fmin(gaussian, lab->end_error);
    }
    return SCALAR(lab->run, found, gaussian_error, widths.count ? gaussian : NAN);
}

RUN(original_parameters) {
    struct attndyn_distribution *d;
    struct lab lab = {.run = run, .p = p};
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    lab.d = d;
    if (!d->next_token)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "the output embedding is U: expected columns=vocabulary");
    lab.points = (size_t)p->points;
    double t_end = p->t_end, eta_z = p->eta_z;
    ATTNDYN_ALLOC(run->ctx, lab.times, lab.points);
    ATTNDYN_ALLOC(run->ctx, lab.Y, lab.points * y_size(&lab));
    ATTNDYN_ALLOC(run->ctx, lab.Z, lab.points * z_size(&lab));
    ATTNDYN_ALLOC(run->ctx, lab.Y0, y_size(&lab));
    ATTNDYN_ALLOC(run->ctx, lab.Yt, y_size(&lab));
    ATTNDYN_ALLOC(run->ctx, lab.Z0, z_size(&lab));
    ATTNDYN_ALLOC(run->ctx, lab.Zt, z_size(&lab));
    attndyn_grid_logarithmic(t_end / 1000, t_end, lab.points, lab.times);

    /* the scaled variant first: it has a flow of its own, and it gives the order of the columns */
    struct attndyn_original_options scaled = {.width = (size_t)p->width, .scaled = true};
    ATTNDYN_TRY(attndyn_original_create(run->ctx, d, &scaled, &lab.model));
    lab.column_token = attndyn_original_columns(lab.model);
    ATTNDYN_TRY(solve_flow(&lab, eta_z / (double)scaled.width));
    ATTNDYN_TRY(variant(&lab, "product-scaled", scaled, true));
    ATTNDYN_TRY(SCALAR(run, found, scaled_error, lab.worst));
    ATTNDYN_TRY(solve_flow(&lab, eta_z));
    return variants(&lab);
}

#define PARAMETERS original_parameters

CLAIM(product, "C17.product", DERIVED,
      "With U U^T = I and W = W_Q W_K^T trained as one matrix, gradient flow in (W_V, W) is the "
      "flow of Y and Z.",
      "Y or Z leaves the flow by more than {bound} relatively, from t_end/10 on", .bound = 1e-7) {
    return verdict_at_most(v, SCALAR_OF(run, found, product_error), v->bound,
                           "Y and Z, relative, from t_end/10 on, width %ld", p->width);
}
CLAIM(scaled, "C17.scaled", DERIVED,
      "With attention logits divided by sqrt(d), and the product W as one parameter, it is the "
      "same flow at the rate eta_Z/d.",
      "Y or Z leaves that flow by more than {bound} relatively, from t_end/10 on", .bound = 1e-7) {
    return verdict_at_most(v, SCALAR_OF(run, found, scaled_error), v->bound,
                           "Y and Z, relative, from t_end/10 on, width %ld", p->width);
}
CLAIM(fixed, "C17.fixed-point", DERIVED, "From W_Q = W_K = 0, trained separately, Z stays 0.",
      "some entry of Z leaves 0") {
    return verdict_at_most(v, SCALAR_OF(run, found, separate_zero), 0,
                           "largest |entry of Z| over the run");
}
CLAIM(identity, "C17.identity-doubles", DERIVED,
      "From W_Q = W_K = I, trained separately, Z moves at first twice as fast as in the flow of Y "
      "and Z.",
      "at t_end/1000 |Z - Z(0)| over the flow's |Z| is more than {percent} off 2", .bound = 0.01) {
    return verdict_near(v, SCALAR_OF(run, found, identity_ratio), 2, v->bound,
                        "|Z - Z(0)| over the flow's |Z| at t = %g, t_end/1000", p->t_end / 1000);
}
/* The paper takes Y and Z as independent variables, and says that the rates correspond to no single
 * one. */
CLAIM(separate, "C17.separate", DERIVED,
      "W_Q and W_K trained separately move Z otherwise than their product does, from every start "
      "tried (zero, small random matrices, the identity); so does a trained U.",
      "at the end Z is within {percent} of the flow's from some start, or with U trained",
      .bound = 0.1) {
    return verdict_at_least(
        v,
        smaller_of(SCALAR_OF(run, found, separate_error), SCALAR_OF(run, found, trained_u_error)),
        v->bound,
        "smallest relative error of Z; over the starts of W_Q, W_K %.3g, with U trained %.3g",
        SCALAR_OF(run, found, separate_error), SCALAR_OF(run, found, trained_u_error));
}

static const struct check *const original_parameters_claims[] = {&product,  &scaled,   &fixed,
                                                                 &identity, &separate, NULL};

const struct experiment experiment_scansnap_original_parameters = {
    .id = "scansnap/original-parameters",
    .title = "Which parameterisations train as Y and Z",
    .source = "Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "Y = U W_V^T U^T and Z = U W_Q W_K^T U^T turn the transformer into two matrices. "
        "Gradient flow in the original parameters is integrated for each way to train them and "
        "held against the flow of Y and Z with the same rates: orthonormal U with the product W "
        "as one parameter (exact), with logits over sqrt(d) (exact at eta_Z/d), W_Q and W_K "
        "separately from zero, from small random numbers and from the identity, U trained, and U "
        "Gaussian with entries N(0, 1/d). LN acts on the bag-of-words vector throughout. Errors "
        "compare the change since t = 0, over all entries. State: Y (M x M, columns by token) "
        "and z (L x M) of the product form.",
    .presets = presets,
    .tables = TABLES(variants, the_state),
    .figures = figures,
    PARTS_OF(original_parameters, found)};
