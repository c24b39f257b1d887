/* What the methods are equal to, at the network's own start and on its own minibatches. */
#include "train.h"

#include <string.h>

/* The numbers of all maps, in one row. */
static enum attndyn_status maps_of(struct attndyn_context *ctx, const struct network *n,
                                   double **row, size_t *count) {
    size_t parameters;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(n->model, &parameters);
    *count = 0;
    for (size_t i = 0; i < parameters; i++)
        if (p[i].dimensions == 2) *count += attndyn_parameter_count(&p[i]);
    ATTNDYN_ALLOC(ctx, *row, *count);
    double *to = *row;
    for (size_t i = 0; i < parameters; i++)
        for (size_t j = 0; p[i].dimensions == 2 && j < attndyn_parameter_count(&p[i]); j++)
            *to++ = (double)p[i].value[j];
    return ATTNDYN_OK;
}

static enum attndyn_status after(struct attndyn_context *ctx, const struct setting *setting,
                                 struct network *n, int updates, double **row, size_t *count) {
    struct trainer t;
    ATTNDYN_TRY(trainer_open(ctx, n, setting, &t));
    enum attndyn_status status = ATTNDYN_OK;
    while (updates-- > 0 && !status) {
        trainer_gradient(&t);
        status = trainer_move(ctx, &t);
    }
    trainer_close(&t);
    return status ? status : maps_of(ctx, n, row, count);
}

/* GaLore with SGD, r = min(m, n), scale 1, against SGD, over two renewals: of the largest move. */
static enum attndyn_status sgd(const struct trial *run, struct network *n) {
    struct setting s = {.method = method_galore,
                        .side = ATTNDYN_GALORE_STD,
                        .rank = SIZE_MAX,
                        .gap = 3,
                        .scale = 1,
                        .lr = 0.1,
                        .sgd = true};
    double *start, *projected, *plain, off = 0, moved = 0;
    size_t count;
    ATTNDYN_TRY(after(run->ctx, &s, n, 0, &start, &count));
    ATTNDYN_TRY(after(run->ctx, &s, n, 5, &projected, &count));
    s.method = method_full;
    ATTNDYN_TRY(after(run->ctx, &s, n, 5, &plain, &count));
    for (size_t i = 0; i < count; i++) {
        worst(&off, projected[i] - plain[i]);
        worst(&moved, plain[i] - start[i]);
    }
    return EMIT(run, exact, .what = "sgd", .off = off / moved, .compared = (long)count);
}

/* Adam's first step is as long as the rate wherever the gradient is well above epsilon: the longest
 * of a map against the longest of the embedding is `scale`. */
static enum attndyn_status groups(const struct trial *run, const struct setting *setting,
                                  struct network *n) {
    struct setting s = *setting;
    struct trainer t;
    double *before, map = 0, other = 0;
    size_t count;
    s.method = method_full;
    ATTNDYN_TRY(trainer_open(run->ctx, n, &s, &t));
    trainer_gradient(&t);
    enum attndyn_status status = maps_of(run->ctx, n, &before, &count);
    if (!status) status = trainer_move(run->ctx, &t);
    for (size_t i = 0; !status && i < t.parts; i++)
        for (size_t j = 0;
             t.part[i].of->dimensions == 2 && j < attndyn_parameter_count(t.part[i].of); j++)
            worst(t.part[i].map ? &map : &other, (double)t.part[i].of->value[j] - *before++);
    trainer_close(&t);
    if (status) return status;
    return EMIT(run, exact, .what = "groups", .off = fabs(map / other / s.scale - 1),
                .compared = (long)count);
}

/* All factors by h along their gradient. */
static void shift(struct trainer *t, double h) {
    for (size_t i = 0; i < t->parts; i++)
        for (size_t k = 0; t->part[i].pieces == 2 && k < 2; k++) {
            const struct piece *x = &t->part[i].piece[k];
            for (size_t j = 0; j < x->m * x->n; j++)
                x->value[j] += (attndyn_real)(h * (double)x->gradient[j]);
        }
    trainer_compose(t);
}

/* Central difference of the loss along that gradient. */
static double slope(struct trainer *t, double h) {
    shift(t, h);
    double up = attndyn_transformer_loss(t->network->model, &t->feed.batch);
    shift(t, -2 * h);
    double down = attndyn_transformer_loss(t->network->model, &t->feed.batch);
    shift(t, h);
    return (up - down) / (2 * h);
}

/* The slope of the loss along the gradient of all factors is its square; against differences of
 * losses, extrapolated to fourth order.
 */
static enum attndyn_status factors(const struct trial *run, const struct setting *setting,
                                   enum method method, struct network *n) {
    struct setting s = *setting;
    struct trainer t;
    double square = 0, size = 0;
    size_t count = 0;
    s.method = method;
    ATTNDYN_TRY(trainer_open(run->ctx, n, &s, &t));
    trainer_gradient(&t);
    for (size_t i = 0; i < t.parts; i++)
        for (size_t k = 0; t.part[i].pieces == 2 && k < 2; k++) {
            const struct piece *x = &t.part[i].piece[k];
            count += x->m * x->n;
            for (size_t j = 0; j < x->m * x->n; j++) {
                square += (double)x->gradient[j] * (double)x->gradient[j];
                size += (double)x->value[j] * (double)x->value[j];
            }
        }
    /* the loss moves by some hundredths, the factors by no more than a hundredth */
    const double h = fmin(0.005 / square, 0.01 * sqrt(size / square));
    const double found = (4 * slope(&t, h / 2) - slope(&t, h)) / 3;
    trainer_close(&t);
    return EMIT(run, exact, .what = method == method_lora ? "adapted" : "factors",
                .off = fabs(found / square - 1), .compared = (long)count);
}

/* LoRA's start is the network's own. */
static enum attndyn_status adapters(const struct trial *run, const struct setting *setting,
                                    struct network *n) {
    struct setting s = *setting;
    double *own, *adapted, off = 0;
    size_t count;
    s.method = method_full;
    ATTNDYN_TRY(after(run->ctx, &s, n, 0, &own, &count));
    s.method = method_lora;
    ATTNDYN_TRY(after(run->ctx, &s, n, 0, &adapted, &count));
    for (size_t i = 0; i < count; i++) worst(&off, adapted[i] - own[i]);
    return EMIT(run, exact, .what = "adapters", .off = off, .compared = (long)count);
}

enum attndyn_status methods_exact(const struct trial *run, const struct setting *setting,
                                  struct network *n) {
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(sgd(run, n));
    ATTNDYN_TRY(groups(run, setting, n));
    ATTNDYN_TRY(factors(run, setting, method_lowrank, n));
    ATTNDYN_TRY(factors(run, setting, method_lora, n));
    ATTNDYN_TRY(adapters(run, setting, n));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}
