#include "original.h"
#include "../../num/blas.h"

#include <math.h>
#include <string.h>

static const enum attndyn_transpose P = ATTNDYN_PLAIN, T = ATTNDYN_TRANSPOSED;

struct attndyn_original_work {
    size_t *column_token; /* (M) */
    double *state, *rate; /* (flow n) */
    double *Y, *GY;       /* (M, M) */
    double *Z, *GZ;       /* (L, M) */
    double *W, *GW;       /* (d, d) the product, and minus its gradient */
    double *last;         /* (L, d) rows of U of the last tokens */
    double *a, *b;        /* (M, d) scratch */
};

/* Rows orthonormalised one after the other, twice: enough for rows far from dependent. */
static void orthonormalise(size_t rows, size_t d, double *U) {
    for (size_t i = 0; i < rows; i++) {
        double *u = U + i * d;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t k = 0; k < i; k++)
                attndyn_axpy(d, -attndyn_dot(d, u, U + k * d), U + k * d, u);
            attndyn_scale(d, 1 / attndyn_norm(d, u), u);
        }
    }
}

/* W = W_Q W_K^T, or the parameter itself. */
static const double *product(struct attndyn_original *model, const double *y) {
    size_t d = model->options.width;
    const double *w = y + model->at_w;
    if (!model->options.separate) return w;
    attndyn_gemm(P, T, d, d, d, 1, w, w + d * d, 0, model->work->W);
    return model->work->W;
}

static const double *embedding(const struct attndyn_original *model, const double *y) {
    return model->options.train_u ? y + model->at_u : model->U;
}

static void gather_last(const struct attndyn_original *model, const double *U) {
    size_t d = model->options.width;
    for (size_t m = 0; m < model->last_tokens; m++)
        memcpy(model->work->last + m * d, U + model->flow->distribution->last_token[m] * d,
               d * sizeof *U);
}

void attndyn_original_matrices(struct attndyn_original *model, const double *y, double *Y,
                               double *Z) {
    struct attndyn_original_work *w = model->work;
    size_t M = model->tokens, L = model->last_tokens, d = model->options.width;
    const double *U = embedding(model, y), *W = product(model, y);
    attndyn_gemm(P, T, M, d, d, 1, U, y, 0, w->a); /* U W_V^T */
    attndyn_gemm(P, T, M, M, d, 1, w->a, U, 0, Y);
    gather_last(model, U);
    attndyn_gemm(P, P, L, d, d, model->scale, w->last, W, 0, w->a);
    attndyn_gemm(P, T, L, M, d, 1, w->a, U, 0, Z);
}

/* Y and Z into the state of the flow, whose columns are in another order. */
static void to_flow(struct attndyn_original *model, const double *Y, const double *Z) {
    struct attndyn_original_work *w = model->work;
    const struct attndyn_flow *flow = model->flow;
    size_t M = model->tokens, V = flow->columns;
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t j = 0; j < V; j++)
            w->state[r * V + j] = Y[flow->row_token[r] * M + w->column_token[j]];
    for (size_t m = 0; m < model->last_tokens; m++)
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            w->state[flow->z_at + z] = Z[m * M + flow->z_token[z]];
}

/* The flow's rates at unit learning rates are G_Y and G_Z. */
static void from_flow(struct attndyn_original *model, double *GY, double *GZ) {
    struct attndyn_original_work *w = model->work;
    const struct attndyn_flow *flow = model->flow;
    size_t M = model->tokens, V = flow->columns;
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t j = 0; j < V; j++)
            GY[flow->row_token[r] * M + w->column_token[j]] = w->rate[r * V + j];
    for (size_t m = 0; m < model->last_tokens; m++)
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            GZ[m * M + flow->z_token[z]] = w->rate[flow->z_at + z];
}

enum attndyn_status attndyn_original_pull(struct attndyn_original *model, const double *Y,
                                          const double *Z, double *GY, double *GZ) {
    size_t M = model->tokens;
    to_flow(model, Y, Z);
    if (attndyn_flow_rhs(0, model->work->state, model->work->rate, model->flow) != 0)
        return ATTNDYN_RUN_FAILED;
    memset(GY, 0, M * M * sizeof *GY);
    memset(GZ, 0, model->last_tokens * M * sizeof *GZ);
    from_flow(model, GY, GZ);
    return ATTNDYN_OK;
}

/* eta_u (G_Y U W_V + G_Y^T U W_V^T + s (G_Z U W^T at last tokens + G_Z^T U_last W)) */
static void rate_of_u(struct attndyn_original *model, const double *y, const double *W,
                      double *dU) {
    struct attndyn_original_work *w = model->work;
    size_t M = model->tokens, L = model->last_tokens, d = model->options.width;
    const double *U = embedding(model, y);
    double eta = model->options.eta_u > 0 ? model->options.eta_u : model->options.eta_y;
    attndyn_gemm(P, P, M, d, M, eta, w->GY, U, 0, w->a);
    attndyn_gemm(P, P, M, d, d, 1, w->a, y, 0, dU);
    attndyn_gemm(T, P, M, d, M, eta, w->GY, U, 0, w->a);
    attndyn_gemm(P, T, M, d, d, 1, w->a, y, 1, dU);
    attndyn_gemm(P, P, L, d, M, eta * model->scale, w->GZ, U, 0, w->a);
    attndyn_gemm(P, T, L, d, d, 1, w->a, W, 0, w->b);
    for (size_t m = 0; m < L; m++)
        attndyn_axpy(d, 1, w->b + m * d, dU + model->flow->distribution->last_token[m] * d);
    attndyn_gemm(T, P, M, d, L, eta * model->scale, w->GZ, w->last, 0, w->a);
    attndyn_gemm(P, P, M, d, d, 1, w->a, W, 1, dU);
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    struct attndyn_original *model = user;
    struct attndyn_original_work *w = model->work;
    const struct attndyn_original_options *o = &model->options;
    size_t M = model->tokens, L = model->last_tokens, d = o->width;
    const double *U = embedding(model, y);
    attndyn_original_matrices(model, y, w->Y, w->Z);
    to_flow(model, w->Y, w->Z);
    if (attndyn_flow_rhs(t, w->state, w->rate, model->flow) != 0) return -1;
    from_flow(model, w->GY, w->GZ);

    attndyn_gemm(T, P, M, d, M, o->eta_y, w->GY, U, 0, w->a); /* (U^T G_Y U)^T = (G_Y^T U)^T U */
    attndyn_gemm(T, P, d, d, M, 1, U, w->a, 0, dydt);

    const double *wq = y + model->at_w, *wk = wq + d * d, *W = product(model, y);
    double *gw = o->separate ? w->GW : dydt + model->at_w;
    attndyn_gemm(P, P, L, d, M, o->eta_z * model->scale, w->GZ, U, 0, w->a);
    attndyn_gemm(T, P, d, d, L, 1, w->last, w->a, 0, gw);
    if (o->separate) {
        attndyn_gemm(P, P, d, d, d, 1, gw, wk, 0, dydt + model->at_w);
        attndyn_gemm(T, P, d, d, d, 1, gw, wq, 0, dydt + model->at_w + d * d);
    }
    if (o->train_u) rate_of_u(model, y, W, dydt + model->at_u);
    return 0;
}

double attndyn_original_loss(struct attndyn_original *model, const double *y) {
    attndyn_original_matrices(model, y, model->work->Y, model->work->Z);
    to_flow(model, model->work->Y, model->work->Z);
    return attndyn_flow_loss(model->flow, model->work->state);
}

const size_t *attndyn_original_columns(const struct attndyn_original *model) {
    return model->work->column_token;
}

static enum attndyn_status allocate(struct attndyn_context *ctx, struct attndyn_original *model) {
    struct attndyn_original_work *w = model->work;
    const struct attndyn_distribution *dist = model->flow->distribution;
    size_t M = model->tokens, L = model->last_tokens, d = model->options.width;
    ATTNDYN_ALLOC(ctx, w->column_token, M);
    bool *answer;
    ATTNDYN_ALLOC(ctx, answer, M);
    for (size_t n = 0; n < dist->classes; n++) {
        w->column_token[n] = dist->next_token[n];
        answer[dist->next_token[n]] = true;
    }
    for (size_t l = 0, j = dist->classes; l < M; l++)
        if (!answer[l]) w->column_token[j++] = l;
    ATTNDYN_ALLOC(ctx, w->state, model->flow->n);
    ATTNDYN_ALLOC(ctx, w->rate, model->flow->n);
    ATTNDYN_ALLOC(ctx, w->Y, M * M);
    ATTNDYN_ALLOC(ctx, w->GY, M * M);
    ATTNDYN_ALLOC(ctx, w->Z, L * M);
    ATTNDYN_ALLOC(ctx, w->GZ, L * M);
    ATTNDYN_ALLOC(ctx, w->W, d * d);
    ATTNDYN_ALLOC(ctx, w->GW, d * d);
    ATTNDYN_ALLOC(ctx, w->last, L * d);
    ATTNDYN_ALLOC(ctx, w->a, M * d);
    ATTNDYN_ALLOC(ctx, w->b, M * d);
    ATTNDYN_ALLOC(ctx, model->U, M * d);
    ATTNDYN_ALLOC(ctx, model->initial, model->n);
    return ATTNDYN_OK;
}

static enum attndyn_status start(struct attndyn_context *ctx, struct attndyn_original *model) {
    const struct attndyn_original_options *o = &model->options;
    size_t M = model->tokens, d = o->width;
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(o->seed, "scansnap/original", 0)));
    attndyn_random_normals(&random, 1 / sqrt((double)d), M * d, model->U);
    if (!o->gaussian) orthonormalise(M, d, model->U);
    if (o->initial_sd > 0)
        attndyn_random_normals(&random, o->initial_sd, model->at_u, model->initial);
    attndyn_random_done(&random);
    if (o->identity)
        for (size_t i = 0; i < d; i++)
            model->initial[model->at_w + i * (d + 1)] =
                model->initial[model->at_w + d * d + i * (d + 1)] = 1;
    if (o->train_u) memcpy(model->initial + model->at_u, model->U, M * d * sizeof(double));
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_original_create(struct attndyn_context *ctx,
                                            const struct attndyn_distribution *distribution,
                                            const struct attndyn_original_options *options,
                                            struct attndyn_original **result) {
    size_t d = options->width, M = distribution->tokens;
    if (!distribution->next_token || !distribution->last_token)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the original parameters need next and last tokens in the vocabulary: "
                            "columns = vocabulary");
    if (d == 0 || (!options->gaussian && d < M))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "width %zu for %zu tokens: an orthonormal U needs at least as many", d,
                            M);
    if (options->identity && !options->separate)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "identity starts W_Q and W_K: train them separately");
    struct attndyn_original *model;
    ATTNDYN_ALLOC(ctx, model, 1);
    ATTNDYN_ALLOC(ctx, model->work, 1);
    model->options = *options;
    model->tokens = M;
    model->last_tokens = distribution->last_tokens;
    model->scale = options->scaled ? 1 / sqrt((double)d) : 1;
    const struct attndyn_flow_options unit = {.eta_y = 1, .eta_z = 1, .all_columns = true};
    ATTNDYN_ALLOC(ctx, model->data, 1);
    *model->data = *distribution;
    if (options->classes_only) model->data->columns = distribution->classes;
    ATTNDYN_TRY(attndyn_flow_create(ctx, model->data, &unit, &model->flow));
    model->at_w = d * d;
    model->at_u = model->at_w + (options->separate ? 2 : 1) * d * d;
    model->n = model->at_u + (options->train_u ? M * d : 0);
    model->problem = (struct attndyn_ode_problem){.n = model->n, .rhs = rhs, .user = model};
    ATTNDYN_TRY(allocate(ctx, model));
    *result = model;
    return start(ctx, model);
}
