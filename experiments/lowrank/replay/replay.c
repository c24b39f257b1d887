/* A user's own gradients under GaLore, AdamW or SGD: final weights, and the ranks and subspaces of
 * the gradients, on which GaLore's argument rests. */
#define ATTNDYN_DOUBLE
#include "replay.h"

#include "experiments/lowrank/shared/instance.h"
#include "experiments/lowrank/shared/svd.h"
#include "recording.h"
#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <string.h>

/* The r leading directions of a gradient, or an optimiser's: P (m, r) and Q (r, n). */
struct directions {
    bool here;
    double *P, *Q;
};

/* One matrix on its way. */
struct course {
    size_t m, n, r;
    bool left, right;
    double *W, *start, *G;               /* (m, n) */
    struct directions now, before, used; /* of the gradient; of the step before; of the projector */
    struct attndyn_galore *galore;
};

static enum attndyn_status make_directions(struct attndyn_context *ctx, const struct course *c,
                                           struct directions *d) {
    ATTNDYN_ALLOC(ctx, d->P, c->m * c->r);
    ATTNDYN_ALLOC(ctx, d->Q, c->r * c->n);
    return ATTNDYN_OK;
}

static enum attndyn_status make_course(const struct trial *run, const struct replay *p,
                                       const struct recording *recording, size_t k,
                                       struct course *c) {
    const struct attndyn_galore_options options = {.method = p->method,
                                                   .side = p->projection,
                                                   .rank = (size_t)p->rank,
                                                   .gap = (size_t)p->gap,
                                                   .scale = p->scale,
                                                   .beta1 = p->beta1,
                                                   .beta2 = p->beta2,
                                                   .epsilon = p->epsilon,
                                                   .decay = p->weight_decay};
    size_t m = recording->matrix[k].m, n = recording->matrix[k].n;
    ATTNDYN_TRY(attndyn_galore_create(run->ctx, &options, m, n, &c->galore));
    c->m = m, c->n = n, c->r = c->galore->r;
    attndyn_galore_sides(p->projection, m, n, &c->left, &c->right);
    double **const arrays[] = {&c->W, &c->start, &c->G};
    for (size_t i = 0; i < 3; i++) ATTNDYN_ALLOC(run->ctx, *arrays[i], m * n);
    ATTNDYN_TRY(make_directions(run->ctx, c, &c->now));
    ATTNDYN_TRY(make_directions(run->ctx, c, &c->before));
    ATTNDYN_TRY(make_directions(run->ctx, c, &c->used));
    ATTNDYN_TRY(recording_take(run->ctx, recording, k, SIZE_MAX, c->W));
    memcpy(c->start, c->W, m * n * sizeof *c->W);
    return ATTNDYN_OK;
}

static double squared(const double *x, size_t count) {
    double norm = attndyn_norm(count, x);
    return norm * norm;
}

/* ||A^T B||_F^2/r, on the side or sides that are projected. */
static double overlap(struct attndyn_context *ctx, const struct course *c,
                      const struct directions *a, const struct directions *b) {
    size_t r = c->r;
    double sum = 0, *product = attndyn_alloc(ctx, r * r, sizeof *product);
    if (!product || !a->here || !b->here) return NAN;
    if (c->left) {
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, r, c->m, 1, a->P, b->P, 0, product);
        sum += squared(product, r * r);
    }
    if (c->right) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, r, r, c->n, 1, a->Q, b->Q, 0, product);
        sum += squared(product, r * r);
    }
    return sum / (double)r / (c->left + c->right);
}

/* ||R||_F^2/||G||_F^2 of the projectors in use. */
static double kept(struct attndyn_context *ctx, const struct course *c, double square) {
    const struct attndyn_galore *g = c->galore;
    double *half = attndyn_alloc(ctx, c->r * c->n, sizeof *half);
    double *R = attndyn_alloc(ctx, c->m * c->n, sizeof *R);
    const double *from = c->G;
    size_t rows = c->m, count = 0;
    if (!half || !R || !(square > 0)) return NAN;
    if (g->P) {
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, c->r, c->n, c->m, 1, g->P, from, 0, half);
        from = half, rows = c->r, count = c->r * c->n;
    }
    if (g->Q) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, c->r, c->n, 1, from, g->Q, 0, R);
        from = R, count = rows * c->r;
    }
    return squared(from, count) / square;
}

/* Singular values of the gradient, and its leading directions. */
static enum attndyn_status decompose(struct attndyn_context *ctx, struct course *c, double *s) {
    size_t m = c->m, n = c->n, k = m < n ? m : n;
    double *u, *vt;
    ATTNDYN_TRY(svd_of(ctx, m, n, c->G, s, &u, &vt));
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < c->r; j++) c->now.P[i * c->r + j] = u[j * m + i];
    for (size_t j = 0; j < c->r; j++)
        for (size_t i = 0; i < n; i++) c->now.Q[j * n + i] = vt[i * k + j];
    c->now.here = s[0] > 0;
    return ATTNDYN_OK;
}

/* Sums for the means of the summary. */
struct sums {
    double stable_rank, energy, overlap, kept;
    size_t ranks, overlaps, keeps;
};

static enum attndyn_status update(const struct trial *run, const struct replay *p, size_t step,
                                  const char *name, struct course *c, struct sums *sums) {
    struct attndyn_galore *g = c->galore;
    size_t k = c->m < c->n ? c->m : c->n;
    double *s, square = squared(c->G, c->m * c->n), energy = 0;
    ATTNDYN_ALLOC(run->ctx, s, k);
    ATTNDYN_TRY(decompose(run->ctx, c, s));
    for (size_t i = 0; i < c->r; i++) energy += s[i] * s[i];
    struct updates row =
        WHOLE(updates, .step = (long)step, .matrix = name, .norm = sqrt(square), .stable_rank = NAN,
              .energy = NAN, .overlap = overlap(run->ctx, c, &c->before, &c->now),
              .renewed = p->method == ATTNDYN_GALORE_GALORE && g->updates % (uint64_t)p->gap == 0,
              .kept = NAN, .turned = NAN);
    if (square > 0) {
        row.stable_rank = attndyn_stable_rank_of(k, s);
        row.energy = energy / square;
        sums->stable_rank += row.stable_rank, sums->energy += row.energy, sums->ranks++;
    }
    if (!isnan(row.overlap)) sums->overlap += row.overlap, sums->overlaps++;
    ATTNDYN_TRY(attndyn_galore_step(run->ctx, g, p->lr, c->G, c->W));
    if (p->method == ATTNDYN_GALORE_GALORE) {
        row.kept = kept(run->ctx, c, square);
        if (!isnan(row.kept)) sums->kept += row.kept, sums->keeps++;
    }
    if (row.renewed) {
        struct directions fresh = {true, g->P, g->Q};
        row.turned = overlap(run->ctx, c, &c->used, &fresh);
        if (g->P) memcpy(c->used.P, g->P, c->m * c->r * sizeof *g->P);
        if (g->Q) memcpy(c->used.Q, g->Q, c->r * c->n * sizeof *g->Q);
        c->used.here = true;
    }
    struct directions before = c->before;
    c->before = c->now, c->now = before;
    return EMIT_ROW(run, updates, &row);
}

static enum attndyn_status end(const struct trial *run, const struct recording *recording,
                               struct course *course, const struct sums *sums) {
    double numbers = 0, full = 0, all = 0;
    for (size_t k = 0; k < recording->matrices; k++) {
        struct course *c = &course[k];
        const char *name = recording->matrix[k].name;
        size_t count = c->m * c->n, state = attndyn_galore_numbers(c->galore);
        double rank = NAN;
        char *quantity = attndyn_format(run->ctx, "weights.%s", name);
        if (!quantity) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(results_emit_state(run->ctx, run->results, quantity, c->W, count));
        for (size_t i = 0; i < count; i++) c->start[i] = c->W[i] - c->start[i];
        double moved = attndyn_norm(count, c->start);
        if (moved > 0) ATTNDYN_TRY(attndyn_stable_rank(run->ctx, c->m, c->n, c->start, &rank));
        ATTNDYN_TRY(EMIT(run, matrices, .matrix = name, .m = (long)c->m, .n = (long)c->n,
                         .r = (long)c->r, .numbers = (long)state, .full = (long)(2 * count),
                         .moved = moved, .moved_rank = rank, .norm = attndyn_norm(count, c->W)));
        numbers += (double)state, full += 2 * (double)count, all += moved * moved;
    }
    return SET(run, summary, .steps = (double)recording->steps,
               .matrices = (double)recording->matrices, .numbers = numbers, .share = numbers / full,
               .moved = sqrt(all), .stable_rank = sums->stable_rank / (double)sums->ranks,
               .energy = sums->energy / (double)sums->ranks,
               .overlap = sums->overlap / (double)sums->overlaps,
               .kept = sums->kept / (double)sums->keeps);
}

RUN(replay) {
    struct recording recording;
    struct course *course;
    struct sums sums = {0};
    if (*p->gradients)
        ATTNDYN_TRY(recording_open(run->ctx, p->gradients, &recording));
    else
        ATTNDYN_TRY(recording_sample(run->ctx, 60, 1, &recording));
    ATTNDYN_ALLOC(run->ctx, course, recording.matrices);
    for (size_t k = 0; k < recording.matrices; k++)
        ATTNDYN_TRY(make_course(run, p, &recording, k, &course[k]));
    for (size_t step = 0; step < recording.steps; step++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        for (size_t k = 0; k < recording.matrices; k++) {
            const char *name = recording.matrix[k].name;
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(recording_take(run->ctx, &recording, k, step, course[k].G));
            enum attndyn_status status = update(run, p, step, name, &course[k], &sums);
            if (status == ATTNDYN_RUN_FAILED)
                return attndyn_fail_while(run->ctx, status, "step %zu, %s", step, name);
            ATTNDYN_TRY(status);
            attndyn_memory_release(run->ctx, mark);
        }
        attndyn_progress(run->ctx, "steps", (double)step + 1, (double)recording.steps);
    }
    return end(run, &recording, course, &sums);
}

const struct experiment experiment_lowrank_replay = {
    .id = "lowrank/replay",
    .title = "Your own gradients under GaLore",
    .source = "GaLore (arXiv 2403.03507), Algorithm 1, and its authors' optimiser",
    .doc =
        "Recorded gradients, from any framework, are given to SGD, AdamW or GaLore, whatever the "
        "weights have become: the final weights are those that the published optimiser makes of "
        "these gradients. For GaLore that means: the subspace from the gradient itself every "
        "`gap` updates, the first included, by LAPACK's gesdd on the matrix as stored, signs as "
        "they come; moments m and v of the reduced shape, kept when the subspace changes; w -= lr "
        "sqrt(1 - beta2^t)/(1 - beta1^t) alpha back(m/(sqrt(v) + epsilon)), back() from the "
        "subspace to the whole matrix, then w -= lr weight_decay w. `adamw` is the same without "
        "projection and alpha, `sgd` is w -= lr g, then the same decay. For each step and matrix "
        "the tables have the stable rank, the energy in the leading directions, how far these "
        "turn from step to step, and what the subspace in use still holds.\n"
        "The table `state` has the final weights as weights.NAME, row-major.",
    .presets =
        (const struct preset[]){
            {"quick", "gap=10", "a generated sample of three matrices: an instant"},
            {"adamw", "method=adamw", "the same gradients under AdamW, at full rank"},
            {0}},
    .tables = TABLES(updates, matrices, the_state),
    .figures =
        (const struct figure[]){
            {"replay", "lowrank/replay/replay.gp",
             "Ranks and subspaces of the gradients, step by step, one line a matrix: stable rank, norm, "
             "overlap of the leading directions with those of the step before, and their energy beside that "
             "within the subspace in use, which falls until it is renewed."},
            {0}},
    PARTS_OF(replay, summary)};
