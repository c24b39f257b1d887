#include "adapters.h"

#include "../../base/random.h"
#include "../../num/blas.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef ATTNDYN_DOUBLE
#define gemm attndyn_gemm_strided
#else
#define gemm attndyn_gemm_single
#endif

/* Of one parameter of the model. */
struct site {
    struct attndyn_parameter *of;
    size_t first, n;                         /* of the optimiser's parameters */
    size_t r;                                /* 0: it moves as it is */
    double times;                            /* s */
    attndyn_real *start, *B, *A, *magnitude; /* (m, n), (m, r), (r, n), (m); NULL: none */
    attndyn_real *length;                    /* (m): ||V_i|| of dora at the last push */
};

struct attndyn_adapters {
    struct attndyn_adapter_options options;
    struct site *site; /* one for each parameter of the model */
    size_t sites, count, n_state;
    struct attndyn_parameter *parameters; /* (count) */
    struct attndyn_parameter *state;      /* (n_state) */
};

static struct attndyn_parameter named(const struct site *s, const char *what, size_t rows,
                                      size_t columns, attndyn_real *value, attndyn_real *gradient) {
    struct attndyn_parameter p = {.dimensions = rows > 1 ? 2 : 1,
                                  .rows = rows,
                                  .columns = columns,
                                  .value = value,
                                  .gradient = gradient};
    snprintf(p.name, sizeof p.name, "%.52s.%s", s->of->name, what);
    return p;
}

static void draw_A(struct site *s, struct attndyn_random *random) {
    const double n = (double)s->of->columns;
    for (size_t i = 0; i < s->r * s->of->columns; i++)
        s->A[i] = (attndyn_real)((2 * attndyn_random_uniform(random) - 1) / sqrt(n));
}

static enum attndyn_status add_factor(struct attndyn_context *ctx, struct attndyn_adapters *a,
                                      struct site *s, const char *what, size_t rows, size_t columns,
                                      attndyn_real **value) {
    attndyn_real *gradient;
    ATTNDYN_ALLOC(ctx, *value, rows * columns);
    ATTNDYN_ALLOC(ctx, gradient, rows * columns);
    a->state[a->n_state++] = named(s, what, rows, columns, *value, NULL);
    a->parameters[s->first + s->n++] = named(s, what, rows, columns, *value, gradient);
    return ATTNDYN_OK;
}

static enum attndyn_status make_factors(struct attndyn_context *ctx, struct attndyn_adapters *a,
                                        struct site *s, struct attndyn_random *random) {
    const enum attndyn_adaptation kind = a->options.kind;
    const size_t m = s->of->rows, n = s->of->columns, least = m < n ? m : n;
    s->r = a->options.rank < least ? a->options.rank : least;
    s->times = kind == ATTNDYN_ADAPT_LOWRANK ? 1 : a->options.alpha / (double)s->r;
    ATTNDYN_TRY(add_factor(ctx, a, s, "B", m, s->r, &s->B));
    ATTNDYN_TRY(add_factor(ctx, a, s, "A", s->r, n, &s->A));
    draw_A(s, random);
    if (kind == ATTNDYN_ADAPT_LOWRANK) {
        /* the variance of a number of A is 1/(3n), of one of B A r/(3n) times that of B */
        const double deviation = a->options.deviation * sqrt(3 * (double)n / (double)s->r);
        for (size_t i = 0; i < m * s->r; i++)
            s->B[i] = (attndyn_real)(deviation * attndyn_random_normal(random));
        return ATTNDYN_OK;
    }
    ATTNDYN_ALLOC(ctx, s->start, m * n);
    memcpy(s->start, s->of->value, m * n * sizeof *s->start);
    a->state[a->n_state++] = named(s, "start", m, n, s->start, NULL);
    if (kind != ATTNDYN_ADAPT_DORA) return ATTNDYN_OK;
    ATTNDYN_TRY(add_factor(ctx, a, s, "magnitude", 1, m, &s->magnitude));
    ATTNDYN_ALLOC(ctx, s->length, m);
    for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += (double)s->start[i * n + j] * (double)s->start[i * n + j];
        s->magnitude[i] = (attndyn_real)sqrt(sum);
    }
    return ATTNDYN_OK;
}

static bool is_map(const struct attndyn_adapters *a, const struct attndyn_parameter *p) {
    const char *pattern = a->options.pattern ? a->options.pattern : "layers.*";
    return a->options.kind != ATTNDYN_ADAPT_FREEZE && a->options.kind != ATTNDYN_ADAPT_ALL &&
           p->dimensions == 2 && !p->frozen && fnmatch(pattern, p->name, 0) == 0;
}

static enum attndyn_status freeze(struct attndyn_context *ctx, struct attndyn_transformer *model) {
    const struct attndyn_weights *w = attndyn_transformer_weights(model);
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    char last[32];
    snprintf(last, sizeof last, "layers.%zu.", w->layer_map[w->config.layers - 1]);
    for (size_t i = 0; i < count; i++)
        if (strncmp(p[i].name, last, strlen(last)) != 0 && strncmp(p[i].name, "norm.", 5) != 0)
            ATTNDYN_TRY(attndyn_transformer_freeze(ctx, model, p[i].name));
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_adapters_create(struct attndyn_context *ctx,
                                            const struct attndyn_adapter_options *options,
                                            struct attndyn_transformer *model,
                                            struct attndyn_adapters **adapters) {
    struct attndyn_adapters *a;
    struct attndyn_random random;
    if (options->rank < 1 || !(options->alpha >= 0) || !(options->deviation >= 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "adapters: rank %zu, alpha %g, deviation %g: expected at least 1, 0, 0",
                            options->rank, options->alpha, options->deviation);
    ATTNDYN_ALLOC(ctx, a, 1);
    a->options = *options;
    if (options->kind == ATTNDYN_ADAPT_FREEZE) ATTNDYN_TRY(freeze(ctx, model));
    struct attndyn_parameter *p = attndyn_transformer_parameters(model, &a->sites);
    ATTNDYN_ALLOC(ctx, a->site, a->sites);
    ATTNDYN_ALLOC(ctx, a->parameters, 3 * a->sites);
    ATTNDYN_ALLOC(ctx, a->state, 4 * a->sites);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(options->seed, "factors", 0)));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < a->sites && !status; i++) {
        struct site *s = &a->site[i];
        s->of = &p[i];
        s->first = a->count;
        if (is_map(a, &p[i]))
            status = make_factors(ctx, a, s, &random);
        else
            a->parameters[s->first] = p[i], s->n = 1;
        a->count += s->n;
    }
    attndyn_random_done(&random);
    if (status) return status;
    attndyn_adapters_push(a, 0, a->sites);
    *adapters = a;
    return ATTNDYN_OK;
}

struct attndyn_parameter *attndyn_adapters_parameters(struct attndyn_adapters *a, size_t *count) {
    *count = a->count;
    return a->parameters;
}

struct attndyn_parameter *attndyn_adapters_state(struct attndyn_adapters *a, size_t *count) {
    *count = a->n_state;
    return a->state;
}

void attndyn_adapters_range(const struct attndyn_adapters *a, size_t first, size_t count,
                            size_t *from, size_t *n) {
    *from = first < a->sites ? a->site[first].first : a->count;
    *n = (first + count < a->sites ? a->site[first + count].first : a->count) - *from;
}

bool attndyn_adapters_factor(const struct attndyn_adapters *a, size_t i) {
    for (size_t k = 0; k < a->sites; k++)
        if (i >= a->site[k].first && i < a->site[k].first + a->site[k].n) return a->site[k].r > 0;
    return false;
}

/* dora: G becomes dL/dV, and `d` dL/dg. W holds g_i v_i. */
static void through_the_norm(const struct site *s, attndyn_real *G, attndyn_real *d) {
    const size_t m = s->of->rows, n = s->of->columns;
    const attndyn_real *W = s->of->value;
    for (size_t i = 0; i < m; i++) {
        double g = (double)s->magnitude[i], along = 0;
        if (g == 0) { /* a zero row stays zero */
            d[i] = 0;
            memset(G + i * n, 0, n * sizeof *G);
            continue;
        }
        for (size_t j = 0; j < n; j++) along += (double)G[i * n + j] * (double)W[i * n + j] / g;
        d[i] = (attndyn_real)along;
        const double times = g / (double)s->length[i];
        for (size_t j = 0; j < n; j++)
            G[i * n + j] =
                (attndyn_real)(times * ((double)G[i * n + j] - along * (double)W[i * n + j] / g));
    }
}

void attndyn_adapters_pull(struct attndyn_adapters *a, size_t first, size_t count) {
    for (size_t k = first; k < first + count; k++) {
        const struct site *s = &a->site[k];
        struct attndyn_parameter *own = &a->parameters[s->first];
        const size_t m = s->of->rows, n = s->of->columns, r = s->r;
        const attndyn_real times = (attndyn_real)s->times;
        if (r == 0) { /* a sparse gradient touches other rows each time */
            *own = *s->of;
            continue;
        }
        attndyn_real *G = s->of->gradient;
        if (s->magnitude) through_the_norm(s, G, own[2].gradient);
        gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, m, r, n, times, G, n, s->A, n, 0, own[0].gradient,
             r);
        gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, n, m, times, s->B, r, G, n, 0, own[1].gradient,
             n);
    }
}

void attndyn_adapters_push(struct attndyn_adapters *a, size_t first, size_t count) {
    for (size_t k = first; k < first + count; k++) {
        const struct site *s = &a->site[k];
        const size_t m = s->of->rows, n = s->of->columns, r = s->r;
        attndyn_real *W = s->of->value;
        if (r == 0) continue;
        if (s->start) memcpy(W, s->start, m * n * sizeof *W);
        gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, r, (attndyn_real)s->times, s->B, r, s->A, n,
             s->start ? 1 : 0, W, n);
        for (size_t i = 0; s->magnitude && i < m; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += (double)W[i * n + j] * (double)W[i * n + j];
            s->length[i] = (attndyn_real)sqrt(sum);
            const double times = sum > 0 ? (double)s->magnitude[i] / sqrt(sum) : 0;
            for (size_t j = 0; j < n; j++)
                W[i * n + j] = (attndyn_real)(times * (double)W[i * n + j]);
        }
    }
}

enum attndyn_status attndyn_adapters_merge(struct attndyn_context *ctx, struct attndyn_adapters *a,
                                           uint64_t number) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(a->options.seed, "factors", number + 1)));
    attndyn_adapters_push(a, 0, a->sites);
    for (size_t k = 0; k < a->sites; k++) {
        struct site *s = &a->site[k];
        if (s->r == 0 || !s->start) continue;
        memcpy(s->start, s->of->value, attndyn_parameter_count(s->of) * sizeof *s->start);
        memset(s->B, 0, s->of->rows * s->r * sizeof *s->B);
        draw_A(s, &random);
    }
    attndyn_random_done(&random);
    attndyn_adapters_push(a, 0, a->sites);
    return ATTNDYN_OK;
}
