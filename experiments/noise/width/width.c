#include "width.h"

#include "experiments/shared/kept.h"
#include "sim/base/random.h"
#include "sim/model/embed/gram.h"
#include "sim/num/stats.h"

#include <string.h>

/* Z at t_end: rows of last tokens, from Gamma(0) in y; Z: (L, M) out. */
static enum attndyn_status attention(const struct trial *run, const struct width *p,
                                     struct attndyn_gram *model, double *y, double *Z) {
    size_t M = model->M, square = M * M;
    const struct attndyn_distribution *data = model->original->flow->distribution;
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    double t = p->t_end;
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &model->problem, &solver, 0, y, &t, 1, NULL, NULL));
    for (size_t m = 0; m < data->last_tokens; m++)
        memcpy(Z + m * M, y + square + data->last_token[m] * M, M * sizeof *Z);
    return ATTNDYN_OK;
}

/* Gamma = U U^T with U (M, d) of entries N(0, 1/d). */
static enum attndyn_status gaussian(const struct trial *run, const struct width *p, size_t M,
                                    size_t d, long draw, double *U, double *gamma) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(
        run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
        attndyn_random_derive((uint64_t)p->seed, "noise/width", d * 1000 + (uint64_t)draw)));
    attndyn_random_ziggurat(&random, M * d, U);
    attndyn_random_done(&random);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++) sum += U[i * d + k] * U[j * d + k];
            gamma[i * M + j] = gamma[j * M + i] = sum / (double)d;
        }
    return ATTNDYN_OK;
}

static enum attndyn_status compare(const struct trial *run, const struct width *p,
                                   struct attndyn_original *original, double eta_u) {
    struct attndyn_gram *model;
    ATTNDYN_TRY(attndyn_gram_create(run->ctx, original, eta_u, p->eta_v, p->eta_w, &model));
    size_t M = model->M, L = original->last_tokens;
    double *y, *Z, *orthonormal, *U, size = 0, *x, *ln, *relative, product = 0;
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, Z, L * M);
    ATTNDYN_ALLOC(run->ctx, orthonormal, L * M);
    ATTNDYN_ALLOC(run->ctx, x, p->widths.count);
    ATTNDYN_ALLOC(run->ctx, ln, p->widths.count);
    ATTNDYN_ALLOC(run->ctx, relative, p->widths.count);
    attndyn_gram_start(model, y);
    ATTNDYN_TRY(attention(run, p, model, y, orthonormal));
    for (size_t k = 0; k < L * M; k++) size += orthonormal[k] * orthonormal[k];
    for (size_t i = 0; i < p->widths.count; i++) {
        size_t d = (size_t)p->widths.at[i];
        double sum = 0, squares = 0, n = (double)p->draws;
        uint64_t mark = attndyn_memory_mark(run->ctx);
        if (d < M)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "widths=%zu: expected at least the number of tokens, %zu", d, M);
        ATTNDYN_ALLOC(run->ctx, U, M * d);
        for (long draw = 0; draw < p->draws; draw++) {
            double apart = 0;
            memset(y, 0, model->n * sizeof *y);
            ATTNDYN_TRY(gaussian(run, p, M, d, draw, U, y + 2 * M * M));
            ATTNDYN_TRY(attention(run, p, model, y, Z));
            for (size_t k = 0; k < L * M; k++) apart += pow(Z[k] - orthonormal[k], 2);
            apart = sqrt(apart / size);
            sum += apart / n, squares += apart * apart / n;
        }
        attndyn_memory_release(run->ctx, mark);
        x[i] = log((double)d), ln[i] = log(sum);
        product += (ln[i] + x[i] / 2) / (double)p->widths.count;
        double error = sqrt(fmax(0, squares - sum * sum) / fmax(1, n - 1));
        relative[i] = error / sum;
        ATTNDYN_TRY(
            EMIT(run, distances, .eta_u = eta_u, .d = (long)d, .mean = sum, .error = error));
    }
    struct attndyn_regression fit = attndyn_regress(p->widths.count, x, ln);
    double mean = 0, spread = 0, variance = 0;
    for (size_t i = 0; i < p->widths.count; i++) mean += x[i] / (double)p->widths.count;
    for (size_t i = 0; i < p->widths.count; i++) spread += pow(x[i] - mean, 2);
    for (size_t i = 0; i < p->widths.count; i++)
        variance += pow((x[i] - mean) / spread * relative[i], 2);
    return EMIT(run, fits, .eta_u = eta_u, .slope = fit.slope, .error = sqrt(variance),
                .prefactor = exp(product));
}

RUN(width) {
    struct attndyn_distribution *data;
    struct attndyn_original *original;
    ATTNDYN_TRY(kept_needs(run, "eta_us", p->eta_us));
    if (p->widths.count < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "widths needs at least two values");
    ATTNDYN_TRY(authors_data(run, &data));
    const struct attndyn_original_options options = {
        .width = data->tokens, .train_u = true, .eta_u = 1, .eta_y = 1, .eta_z = 1, .seed = 1};
    ATTNDYN_TRY(attndyn_original_create(run->ctx, data, &options, &original));
    for (size_t i = 0; i < p->eta_us.count; i++) {
        ATTNDYN_TRY(compare(run, p, original, p->eta_us.at[i]));
        attndyn_progress(run->ctx, "rates", (double)(i + 1), (double)p->eta_us.count);
    }
    return ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"width", "noise/width/width.gp",
     "Distance of the attention logits from those of orthonormal embeddings, over the width of Gaussian "
     "ones: 1/sqrt(d) (line), whether the embeddings are trained or not."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, exponent, "exponent of the width d, last rate of the embeddings",                  \
      LAST_OF(fits, slope))                                                                        \
    X(OPTIONAL, prefactor, "prefactor of 1/sqrt(d), last rate of the embeddings",                  \
      LAST_OF(fits, prefactor))                                                                    \
    X(OPTIONAL, distance,                                                                          \
      "mean relative distance at the largest width, last rate of the embeddings",                  \
      LAST_OF(distances, mean))
SCALARS(taken, TAKEN)

const struct experiment experiment_noise_width = {
    .id = "noise/width",
    .title = "Width: random embeddings are orthonormal up to 1/sqrt(d)",
    .source = "derived here (cf. arXiv 2405.15712); orthonormal embeddings: Scan&Snap, section 3",
    .doc =
        "Scan&Snap's Y and Z are the flow of the original parameters where U is orthonormal. Gaussian "
        "embeddings of entries N(0, 1/d) are so up to 1/sqrt(d). The width enters through Gamma(0) = U U^T "
        "alone (embed/balance: Y, Z and Gamma have a flow of their own), so that no d x d matrix is "
        "needed.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"},
                                       {"short", "draws=100", "100 embeddings of each width"},
                                       {0}},
    .tables = TABLES(distances, fits),
    .figures = figures,
    PARTS_OF(width, taken)};
