#include "galore_private.h"

#include "../../base/wide.h"
#include "../blas.h"
#include "ranges_private.h"

#include <math.h>
#include <string.h>

#define gemm GALORE_GEMM

#ifndef ATTNDYN_DOUBLE /* once, for both precisions */
void attndyn_galore_sides(enum attndyn_galore_side side, size_t m, size_t n, bool *left,
                          bool *right) {
    bool tall = m >= n;
    *right = side == ATTNDYN_GALORE_RIGHT || side == ATTNDYN_GALORE_FULL ||
             (side == ATTNDYN_GALORE_STD && tall) || (side == ATTNDYN_GALORE_REVERSE_STD && !tall);
    *left = side == ATTNDYN_GALORE_FULL || !*right;
}
#endif

static enum attndyn_status check(struct attndyn_context *ctx,
                                 const struct attndyn_galore_options *o) {
    const struct optim_range ranges[] = {{"beta1", o->beta1, 1},
                                         {"beta2", o->beta2, 1},
                                         {"epsilon", o->epsilon, HUGE_VAL},
                                         {"scale", o->scale, HUGE_VAL},
                                         {"momentum", o->momentum, 1},
                                         {"weight decay", o->decay, HUGE_VAL},
                                         {0}};
    ATTNDYN_TRY(optim_ranges_check(ctx, "galore", ranges));
    if (o->rank < 1 || o->gap < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "galore: rank %zu and gap %zu, expected at least 1",
                            o->rank, o->gap);
    if (o->phase >= o->gap)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "galore: phase %zu, expected below the gap %zu",
                            o->phase, o->gap);
    return ATTNDYN_OK;
}

static enum attndyn_status grow(struct attndyn_context *ctx, attndyn_real **room, size_t *has,
                                size_t count) {
    if (count <= *has) return ATTNDYN_OK;
    ATTNDYN_RESIZE(ctx, *room, *has, count);
    *has = count;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_galore_create(struct attndyn_context *ctx,
                                          const struct attndyn_galore_options *options, size_t m,
                                          size_t n, struct attndyn_galore **galore) {
    struct attndyn_galore_room *room;
    ATTNDYN_ALLOC(ctx, room, 1);
    return attndyn_galore_create_in(ctx, options, m, n, room, galore);
}

enum attndyn_status attndyn_galore_create_in(struct attndyn_context *ctx,
                                             const struct attndyn_galore_options *options, size_t m,
                                             size_t n, struct attndyn_galore_room *room,
                                             struct attndyn_galore **galore) {
    struct attndyn_galore *g;
    size_t least = m < n ? m : n;
    bool left = false, right = false;
    ATTNDYN_TRY(check(ctx, options));
    ATTNDYN_ALLOC(ctx, g, 1);
    g->options = *options;
    g->m = m, g->n = n;
    g->r = options->rank < least ? options->rank : least;
    if (options->method == ATTNDYN_GALORE_GALORE)
        attndyn_galore_sides(options->side, m, n, &left, &right);
    g->rows = left ? g->r : m;
    g->columns = right ? g->r : n;
    ATTNDYN_TRY(attndyn_galore_make_state(ctx, g));
    if (left) ATTNDYN_ALLOC(ctx, g->P, m * g->r);
    if (right) ATTNDYN_ALLOC(ctx, g->Q, g->r * n);
    g->room = room;
    if (left && right) ATTNDYN_TRY(grow(ctx, &room->half, &room->n_half, g->r * n));
    if (left || right || options->method != ATTNDYN_GALORE_SGD)
        ATTNDYN_TRY(grow(ctx, &room->reduced, &room->n_reduced, g->rows * g->columns));
    ATTNDYN_TRY(grow(ctx, &room->back, &room->n_back, m * n));
    *galore = g;
    return ATTNDYN_OK;
}

/* What the moments see of G. */
static const attndyn_real *reduce(struct attndyn_galore *g, const attndyn_real *G) {
    const size_t m = g->m, n = g->n, r = g->r;
    const attndyn_real *from = G;
    size_t rows = m;
    if (g->P) {
        attndyn_real *to = g->Q ? g->room->half : g->room->reduced;
        gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, n, m, 1, g->P, r, G, n, 0, to, n);
        from = to;
        rows = r;
    }
    if (g->Q) {
        gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, r, n, 1, from, n, g->Q, n, 0,
             g->room->reduced, r);
        from = g->room->reduced;
    }
    return from;
}

/* A step N in the subspace as one of W. */
static const attndyn_real *expand(struct attndyn_galore *g, const attndyn_real *N) {
    const size_t m = g->m, n = g->n, r = g->r;
    const attndyn_real *from = N;
    if (g->Q) {
        attndyn_real *to = g->P ? g->room->half : g->room->back;
        gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, g->rows, n, r, 1, from, r, g->Q, n, 0, to, n);
        from = to;
    }
    if (g->P) {
        gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, r, 1, g->P, r, from, n, 0, g->room->back, n);
        from = g->room->back;
    }
    return from;
}

/* to = clip G + decay W */
ATTNDYN_WIDE static void combine(size_t count, attndyn_real clip, const attndyn_real *restrict G,
                                 attndyn_real decay, const attndyn_real *restrict W,
                                 attndyn_real *restrict to) {
    for (size_t i = 0; i < count; i++) to[i] = clip * G[i] + decay * W[i];
}

ATTNDYN_WIDE static void move(size_t count, attndyn_real length, const attndyn_real *restrict N,
                              attndyn_real *restrict W) {
    for (size_t i = 0; i < count; i++) W[i] -= length * N[i];
}

ATTNDYN_WIDE static void scale_down(size_t count, attndyn_real shrink, attndyn_real *restrict W) {
    for (size_t i = 0; i < count; i++) W[i] -= shrink * W[i];
}

static bool time_to_renew(const struct attndyn_galore *g) {
    const struct attndyn_galore_options *o = &g->options;
    if (g->updates == 0 || o->subspace == ATTNDYN_SUBSPACE_FROZEN) return g->updates == 0;
    return (g->updates + o->phase) % o->gap == 0;
}

static void zero(size_t count, attndyn_real *x) {
    if (x) memset(x, 0, count * sizeof *x);
}

static void forget_moments(struct attndyn_galore *g) {
    zero(g->rows * g->columns, g->first);
    zero(g->rows * g->columns, g->second);
    zero(g->rows, g->row);
    zero(g->columns, g->column);
    if (g->first8) zero(g->first8->blocks, g->first8->scale);
    if (g->second8) zero(g->second8->blocks, g->second8->scale);
    g->since = g->updates;
}

enum attndyn_status attndyn_galore_step_clipped(struct attndyn_context *ctx,
                                                struct attndyn_galore *g, double lr, double clip,
                                                const attndyn_real *G, attndyn_real *W) {
    const struct attndyn_galore_options *o = &g->options;
    const bool projects = o->method == ATTNDYN_GALORE_GALORE;
    const double added = o->coupled ? o->decay : 0;
    const size_t count = g->m * g->n;
    double factor;
    if (clip != 1 || added > 0) {
        combine(count, (attndyn_real)clip, G, (attndyn_real)added, W, g->room->back);
        G = g->room->back;
    }
    if (projects && time_to_renew(g)) {
        ATTNDYN_TRY(attndyn_galore_renew(ctx, g, G));
        if (o->moments == ATTNDYN_MOMENTS_RESET) forget_moments(g);
    }
    g->updates++;
    const attndyn_real *R = projects ? reduce(g, G) : G, *N = attndyn_galore_rule(g, R, &factor);
    const double rate = lr * factor * (projects ? o->scale : 1);
    if (projects) N = expand(g, N);
    move(count, (attndyn_real)rate, N, W);
    if (o->decay > 0 && !o->coupled) scale_down(count, (attndyn_real)(lr * o->decay), W);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_galore_step(struct attndyn_context *ctx, struct attndyn_galore *g,
                                        double lr, const attndyn_real *G, attndyn_real *W) {
    return attndyn_galore_step_clipped(ctx, g, lr, 1, G, W);
}

size_t attndyn_galore_state(const struct attndyn_galore *g,
                            struct attndyn_galore_tensor tensors[ATTNDYN_GALORE_TENSORS]) {
    const struct attndyn_quantised *a = g->first8, *b = g->second8;
    const size_t packed = a ? attndyn_quantised_packed(a->count) : 0;
    const struct attndyn_galore_tensor all[] = {
        {"left", g->m, g->r, g->P},
        {"right", g->r, g->n, g->Q},
        {"first", g->rows, g->columns, g->first},
        {"second", g->rows, g->columns, g->second},
        {"row", 1, g->rows, g->row},
        {"column", 1, g->columns, g->column},
        {"first8", 1, packed, a ? a->packed : NULL},
        {"second8", 1, packed, b ? b->packed : NULL},
        {"first8scale", 1, a ? a->blocks : 0, a ? a->scale : NULL},
        {"second8scale", 1, b ? b->blocks : 0, b ? b->scale : NULL}};
    size_t held = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].value) tensors[held++] = all[i];
    return held;
}

void attndyn_galore_reset(struct attndyn_galore *g) {
    struct attndyn_galore_tensor tensors[ATTNDYN_GALORE_TENSORS];
    size_t count = attndyn_galore_state(g, tensors);
    for (size_t i = 0; i < count; i++) zero(tensors[i].rows * tensors[i].columns, tensors[i].value);
    g->updates = g->since = 0;
}

void attndyn_galore_resume(struct attndyn_galore *g, uint64_t updates) {
    const struct attndyn_galore_options *o = &g->options;
    g->updates = updates;
    g->since = 0;
    if (o->method != ATTNDYN_GALORE_GALORE || o->moments != ATTNDYN_MOMENTS_RESET) return;
    if (updates == 0 || o->subspace == ATTNDYN_SUBSPACE_FROZEN) return;
    /* the last renewal: the largest u < updates with u = 0 or (u + phase) a multiple of the gap */
    uint64_t last = (updates - 1 + o->phase) / o->gap * o->gap;
    g->since = last > o->phase ? last - o->phase : 0;
}

size_t attndyn_galore_numbers(const struct attndyn_galore *g) {
    const size_t moments = g->rows * g->columns;
    return (g->first ? moments : 0) + (g->second ? moments : 0) + (g->first8 ? 2 * moments : 0) +
           (g->row ? g->rows + g->columns : 0) + (g->P ? g->m * g->r : 0) +
           (g->Q ? g->r * g->n : 0);
}

size_t attndyn_galore_bytes(const struct attndyn_galore *g) {
    size_t bytes = attndyn_galore_numbers(g) * sizeof(attndyn_real);
    if (!g->first8) return bytes;
    return bytes - 2 * g->rows * g->columns * sizeof(attndyn_real) +
           attndyn_quantised_bytes(g->first8) + attndyn_quantised_bytes(g->second8);
}
