/* Dropout: what it leaves on average, that masks differ, and the gradient at one mask.
 *
 * Where queries are zero attention is uniform, and a network without norms and with a linear MLP is
 * linear in each of its masks, which are independent: the mean over masks of what leaves the last
 * layer is what leaves it without dropout. */
#define ATTNDYN_DOUBLE
#include "engine.h"
#include "experiments/shared/paired.h"
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/stats.h"

#include <string.h>

enum { SEEDS = 10, VOCABULARY = 11 };

static const struct {
    const char *name;
    double embedding, attention, residual, hidden;
} sites[] = {{"embedding", 0.3, 0, 0, 0},
             {"attention", 0, 0.3, 0, 0},
             {"residual", 0, 0, 0.3, 0},
             {"hidden", 0, 0, 0, 0.3},
             {"all", 0.1, 0.2, 0.3, 0.4}};
enum { SITES = sizeof sites / sizeof *sites };

struct masked {
    struct attndyn_context *ctx;
    struct attndyn_transformer *model;
    struct attndyn_batch batch;
    double *weights, *direction; /* of the stream's numbers; of all parameters */
    size_t numbers, parameters;
};

static enum attndyn_status make(const struct trial *run, const struct engine *p, size_t site,
                                bool linear, struct masked *m) {
    struct attndyn_transformer_config c;
    size_t B = (size_t)p->sequences, T = (size_t)p->length;
    m->ctx = run->ctx;
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "gpt2", &c));
    c.vocabulary = VOCABULARY, c.context = T, c.layers = 2, c.width = 12, c.heads = 2;
    c.hidden = 10;
    if (linear) {
        c.norm = ATTNDYN_NORM_NONE, c.final_norm = false, c.mlp = ATTNDYN_MLP_LINEAR;
    }
    c.dropout_embedding = sites[site].embedding, c.dropout_attention = sites[site].attention;
    c.dropout_residual = sites[site].residual, c.dropout_hidden = sites[site].hidden;
    m->numbers = B * T * c.width;
    return attndyn_transformer_create(run->ctx, &c, B, T, &m->model);
}

/* Parameters, tokens, and the weights of what is looked at. */
static enum attndyn_status draw(struct masked *m, const struct engine *p, size_t site,
                                bool linear) {
    struct attndyn_random random;
    uint32_t *tokens, *targets;
    size_t count, B = (size_t)p->sequences, T = (size_t)p->length;
    struct attndyn_parameter *k = attndyn_transformer_parameters(m->model, &count);
    for (size_t i = 0; i < count; i++) m->parameters += attndyn_parameter_count(&k[i]);
    ATTNDYN_ALLOC(m->ctx, m->weights, m->numbers);
    ATTNDYN_ALLOC(m->ctx, m->direction, m->parameters);
    ATTNDYN_ALLOC(m->ctx, tokens, B * T);
    ATTNDYN_ALLOC(m->ctx, targets, B * T);
    ATTNDYN_TRY(attndyn_random_init(m->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "masks", site)));
    for (size_t i = 0; i < count; i++) {
        bool flat = linear && strstr(k[i].name, "attention.query");
        bool gain = strstr(k[i].name, "norm") && strstr(k[i].name, ".weight");
        for (size_t j = 0; j < attndyn_parameter_count(&k[i]); j++)
            k[i].value[j] = flat ? 0 : p->scale * attndyn_random_normal(&random) + gain;
    }
    attndyn_random_normals(&random, 1, m->numbers, m->weights);
    attndyn_random_normals(&random, 1, m->parameters, m->direction);
    for (size_t i = 0; i < B * T; i++) {
        tokens[i] = (uint32_t)(attndyn_random_uniform(&random) * VOCABULARY);
        targets[i] = (uint32_t)(attndyn_random_uniform(&random) * VOCABULARY);
    }
    attndyn_random_done(&random);
    m->batch = (struct attndyn_batch){B, T, tokens, targets, NULL};
    return ATTNDYN_OK;
}

/* A weighted sum of what left the last layer. */
static double seen(const struct masked *m) {
    size_t stride, layers = attndyn_transformer_config_of(m->model)->layers;
    const double *stream = attndyn_transformer_view(m->model, ATTNDYN_VIEW_STREAM, layers, &stride);
    double sum = 0;
    for (size_t i = 0; i < m->numbers; i++) sum += m->weights[i] * stream[i];
    return sum;
}

/* Each tenth of the masks has a seed of its own, with the same weights. */
static enum attndyn_status average(struct masked *m, const struct engine *p, double *shift,
                                   long *distinct) {
    size_t count, n = (size_t)p->masks, at = 0;
    struct attndyn_parameter *k = attndyn_transformer_parameters(m->model, &count);
    double *value, *kept;
    ATTNDYN_ALLOC(m->ctx, value, n);
    ATTNDYN_ALLOC(m->ctx, kept, m->parameters);
    for (size_t i = 0; i < count; at += attndyn_parameter_count(&k[i++]))
        memcpy(kept + at, k[i].value, attndyn_parameter_count(&k[i]) * sizeof *kept);
    for (size_t s = 0; s < n; s++) {
        if (s * SEEDS % n < SEEDS) {
            ATTNDYN_TRY(attndyn_transformer_initialise(m->ctx, m->model,
                                                       (uint64_t)p->seed + s * SEEDS / n));
            at = 0;
            for (size_t i = 0; i < count; at += attndyn_parameter_count(&k[i++]))
                memcpy(k[i].value, kept + at, attndyn_parameter_count(&k[i]) * sizeof *kept);
        }
        attndyn_transformer_gradient(m->model, &m->batch, s * SEEDS % n / SEEDS);
        value[s] = seen(m);
    }
    attndyn_transformer_loss(m->model, &m->batch);
    double error = attndyn_sd(n, value) / sqrt((double)n);
    *shift = error > 0 ? (attndyn_mean(n, value) - seen(m)) / error : INFINITY;
    ascending(n, value);
    *distinct = 1;
    for (size_t s = 1; s < n; s++) *distinct += value[s] > value[s - 1];
    return ATTNDYN_OK;
}

static void move(struct masked *m, double step) {
    size_t count, at = 0;
    struct attndyn_parameter *k = attndyn_transformer_parameters(m->model, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&k[i]); j++)
            k[i].value[j] += step * m->direction[at++];
}

/* The gradient along the direction at the mask of step 3 against the five-point difference. */
static double slope_off(struct masked *m) {
    const double h = 1e-4;
    size_t count, at = 0;
    double loss[4], along = 0, terms = 0;
    struct attndyn_parameter *k = attndyn_transformer_parameters(m->model, &count);
    for (int s = 0; s < 4; s++) {
        move(m, s == 0 ? -2 * h : s == 2 ? 2 * h : h);
        loss[s] = attndyn_transformer_gradient(m->model, &m->batch, 3);
    }
    move(m, -2 * h);
    attndyn_transformer_gradient(m->model, &m->batch, 3);
    for (size_t i = 0; i < count; i++) /* tied: no gradient is sparse */
        for (size_t j = 0; j < attndyn_parameter_count(&k[i]); j++, at++) {
            along += k[i].gradient[j] * m->direction[at];
            terms += fabs(k[i].gradient[j] * m->direction[at]);
        }
    double difference = (loss[0] - loss[3] + 8 * (loss[2] - loss[1])) / (12 * h);
    return fabs(along - difference) / terms;
}

enum attndyn_status engine_masks(const struct trial *run, const struct engine *p) {
    for (size_t i = 0; i < SITES; i++) {
        struct masked linear = {0}, whole = {0};
        double shift, rate = fmax(fmax(sites[i].embedding, sites[i].attention),
                                  fmax(sites[i].residual, sites[i].hidden));
        long distinct;
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(make(run, p, i, true, &linear));
        ATTNDYN_TRY(draw(&linear, p, i, true));
        ATTNDYN_TRY(average(&linear, p, &shift, &distinct));
        ATTNDYN_TRY(make(run, p, i, false, &whole));
        ATTNDYN_TRY(draw(&whole, p, i, false));
        ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, whole.model, (uint64_t)p->seed));
        ATTNDYN_TRY(draw(&whole, p, i, false));
        double off = slope_off(&whole);
        attndyn_memory_release(run->ctx, mark);
        if (!isfinite(shift))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "dropout of %s: all masks give the same", sites[i].name);
        ATTNDYN_TRY(EMIT(run, masks, .site = sites[i].name, .rate = rate, .shift = shift,
                         .distinct = distinct, .drawn = p->masks, .gradient = off));
    }
    return ATTNDYN_OK;
}
