#include "instance.h"

#include "sim/num/blas.h"
#include "sim/num/linalg.h"

#include <string.h>

enum attndyn_status whole_numbers(const struct trial *run, const char *name, struct reals list,
                                  double most, const char *bound) {
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i] != floor(list.at[i]) || list.at[i] > most)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "%s = %g: expected a whole number%s", name,
                                list.at[i], bound);
    if (list.count > 0) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_USAGE, "%s is empty: give one at least", name);
}

enum attndyn_status instance_draw(const struct trial *run, enum rng rng, uint64_t seed,
                                  enum attndyn_parametric_kind kind, size_t m, size_t n, size_t N,
                                  size_t span, struct attndyn_parametric *g) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)rng, seed));
    enum attndyn_status drawn = attndyn_parametric_draw(run->ctx, &random, kind, m, n, N, span, g);
    attndyn_random_done(&random);
    return drawn;
}

enum attndyn_status instance_stall(struct attndyn_context *ctx, const struct attndyn_parametric *g,
                                   struct attndyn_projection *projection,
                                   const struct attndyn_parametric *restricted, double *norm) {
    const size_t mn = g->m * g->n, rows = restricted->m, columns = restricted->n;
    const size_t size = rows * columns;
    double *S, *y, *Y, *W, *G, *work;
    ATTNDYN_ALLOC(ctx, S, size * size);
    ATTNDYN_ALLOC(ctx, y, size);
    ATTNDYN_ALLOC(ctx, Y, size);
    ATTNDYN_ALLOC(ctx, W, mn);
    ATTNDYN_ALLOC(ctx, G, mn);
    ATTNDYN_ALLOC(ctx, work, mn);
    attndyn_parametric_operator(restricted, S);
    attndyn_parametric_gradient(g, g->W, work, G);
    attndyn_projection_reduce(projection, G, Y);
    attndyn_parametric_vec(rows, columns, Y, y);
    ATTNDYN_TRY(attndyn_linear_solve(ctx, size, S, 1, y, y));
    attndyn_parametric_unvec(rows, columns, y, Y);
    memcpy(W, g->W, mn * sizeof *W);
    attndyn_projection_lift(projection, 1, Y, W);
    attndyn_parametric_gradient(g, W, work, G);
    *norm = attndyn_norm(mn, G);
    return ATTNDYN_OK;
}
