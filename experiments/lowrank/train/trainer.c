#include "trainer.h"

#include "sim/num/blas.h"
#include "sim/num/optim/schedule.h"

#include <inttypes.h>
#include <string.h>

static const double alpha = 32, init_deviation = 0.02, clip = 1;

static struct attndyn_galore_options rule_of(const struct setting *s, const struct network *n,
                                             bool projected) {
    return (struct attndyn_galore_options){.method = projected ? ATTNDYN_GALORE_GALORE
                                                     : s->sgd  ? ATTNDYN_GALORE_SGD
                                                               : ATTNDYN_GALORE_ADAMW,
                                           .side = s->side,
                                           .rank = s->rank,
                                           .gap = s->gap,
                                           .scale = s->scale,
                                           .beta1 = 0.9,
                                           .beta2 = 0.999,
                                           .epsilon = 1e-6,
                                           .decay = n->recipe.decay,
                                           .no_moments = s->sgd};
}

static enum attndyn_status add(struct attndyn_context *ctx, struct trainer *t, struct part *part,
                               struct piece piece) {
    const bool projected = part->map && t->setting.method == method_galore;
    const struct attndyn_galore_options rule = rule_of(&t->setting, t->network, projected);
    ATTNDYN_TRY(attndyn_galore_create(ctx, &rule, piece.m, piece.n, &piece.rule));
    piece.rate = part->map && !projected ? t->setting.scale : 1; /* GaLore scales by itself */
    part->piece[part->pieces++] = piece;
    return ATTNDYN_OK;
}

static enum attndyn_status factor(struct attndyn_context *ctx, struct trainer *t,
                                  struct attndyn_random *random, struct part *part) {
    const size_t m = part->of->rows, n = part->of->columns, least = m < n ? m : n,
                 r = t->setting.rank < least ? t->setting.rank : least;
    const bool lora = t->setting.method == method_lora;
    struct piece B = {.m = m, .n = r}, A = {.m = r, .n = n};
    part->times = lora ? alpha / (double)r : 1;
    ATTNDYN_ALLOC(ctx, B.value, m * r);
    ATTNDYN_ALLOC(ctx, B.gradient, m * r);
    ATTNDYN_ALLOC(ctx, A.value, r * n);
    ATTNDYN_ALLOC(ctx, A.gradient, r * n);
    for (size_t i = 0; i < r * n; i++)
        A.value[i] = (attndyn_real)((2 * attndyn_random_uniform(random) - 1) / sqrt((double)n));
    if (lora) {
        ATTNDYN_ALLOC(ctx, part->start, m * n);
        memcpy(part->start, part->of->value, m * n * sizeof *part->start);
    }
    /* the variance of a number of A is 1/(3n), of one of B A r/(3n) times that of B */
    const double deviation = init_deviation * sqrt(3 * (double)n / (double)r);
    for (size_t i = 0; !lora && i < m * r; i++)
        B.value[i] = (attndyn_real)(deviation * attndyn_random_normal(random));
    ATTNDYN_TRY(add(ctx, t, part, B));
    return add(ctx, t, part, A);
}

enum attndyn_status trainer_open(struct attndyn_context *ctx, struct network *network,
                                 const struct setting *setting, struct trainer *t) {
    struct attndyn_random random;
    *t = (struct trainer){.network = network, .setting = *setting};
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, network->model, network->recipe.seed));
    const struct attndyn_parameter *p = attndyn_transformer_parameters(network->model, &t->parts);
    ATTNDYN_ALLOC(ctx, t->part, t->parts);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(network->recipe.seed, "factors", 0)));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < t->parts && !status; i++) {
        struct part *part = &t->part[i];
        part->of = &p[i];
        part->map = p[i].dimensions == 2 && strncmp(p[i].name, "layers.", 7) == 0;
        if (part->map && (setting->method == method_lora || setting->method == method_lowrank))
            status = factor(ctx, t, &random, part);
        else
            /* tied, the embedding's gradient has every row */
            status = add(ctx, t, part,
                         (struct piece){.value = p[i].value,
                                        .gradient = p[i].gradient,
                                        .m = p[i].rows,
                                        .n = p[i].columns});
    }
    attndyn_random_done(&random);
    if (!status) status = network_feed_open(ctx, network, &t->feed);
    if (!status) trainer_compose(t);
    return status;
}

void trainer_close(struct trainer *t) {
    network_feed_close(&t->feed);
}

void trainer_compose(struct trainer *t) {
    for (size_t i = 0; i < t->parts; i++) {
        const struct part *part = &t->part[i];
        const struct piece *B = &part->piece[0], *A = &part->piece[1];
        if (part->pieces < 2) continue;
        attndyn_real *W = part->of->value;
        const size_t m = B->m, n = A->n, r = A->m;
        if (part->start) memcpy(W, part->start, m * n * sizeof *W);
        attndyn_gemm_single(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, r, (float)part->times, B->value, r,
                            A->value, n, part->start ? 1 : 0, W, n);
    }
}

double trainer_gradient(struct trainer *t) {
    network_feed_next(&t->feed);
    double loss = attndyn_transformer_gradient(t->network->model, &t->feed.batch, t->updates);
    for (size_t i = 0; i < t->parts; i++) {
        const struct part *part = &t->part[i];
        const struct piece *B = &part->piece[0], *A = &part->piece[1];
        if (part->pieces < 2) continue;
        const attndyn_real *G = part->of->gradient;
        const size_t m = B->m, n = A->n, r = A->m;
        const float s = (float)part->times;
        attndyn_gemm_single(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, m, r, n, s, G, n, A->value, n, 0,
                            B->gradient, r);
        attndyn_gemm_single(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, n, m, s, B->value, r, G, n, 0,
                            A->gradient, n);
    }
    return loss;
}

static enum attndyn_status clip_all(struct attndyn_context *ctx, struct trainer *t) {
    double sum = 0;
    for (size_t i = 0; i < t->parts; i++)
        for (size_t k = 0; k < t->part[i].pieces; k++) {
            const struct piece *x = &t->part[i].piece[k];
            for (size_t j = 0; j < x->m * x->n; j++)
                sum += (double)x->gradient[j] * (double)x->gradient[j];
        }
    if (!isfinite(sum))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the gradient is not finite at update %" PRIu64 " of %s: lower lr",
                            t->updates, method_names[t->setting.method]);
    const double norm = sqrt(sum);
    if (norm <= clip || t->setting.sgd) return ATTNDYN_OK;
    const attndyn_real shrink = (attndyn_real)(clip / norm);
    for (size_t i = 0; i < t->parts; i++)
        for (size_t k = 0; k < t->part[i].pieces; k++) {
            const struct piece *x = &t->part[i].piece[k];
            for (size_t j = 0; j < x->m * x->n; j++) x->gradient[j] *= shrink;
        }
    return ATTNDYN_OK;
}

enum attndyn_status trainer_move(struct attndyn_context *ctx, struct trainer *t) {
    const struct attndyn_schedule schedule = {.kind = ATTNDYN_SCHEDULE_COSINE,
                                              .warmup = t->network->recipe.updates / 10,
                                              .total = t->network->recipe.updates,
                                              .floor = 0.1};
    double lr = t->setting.lr;
    if (!t->setting.sgd) lr *= attndyn_schedule_factor(&schedule, t->updates);
    ATTNDYN_TRY(clip_all(ctx, t));
    for (size_t i = 0; i < t->parts; i++)
        for (size_t k = 0; k < t->part[i].pieces; k++) {
            const struct piece *x = &t->part[i].piece[k];
            ATTNDYN_TRY(attndyn_galore_step(ctx, x->rule, lr * x->rate, x->gradient, x->value));
        }
    trainer_compose(t);
    t->updates++;
    return ATTNDYN_OK;
}

struct held trainer_held(const struct part *part) {
    struct held held = {.weights = part->start ? attndyn_parameter_count(part->of) : 0};
    for (size_t k = 0; k < part->pieces; k++) {
        const struct piece *x = &part->piece[k];
        held.weights += x->m * x->n;
        held.gradients += x->m * x->n;
        held.states += attndyn_galore_numbers(x->rule);
    }
    return held;
}
