/* Load, init and execute of a token on this machine, random weights: the slide's table. */
#include "latency.h"

#include "experiments/shared/clock.h"
#include "sim/base/random.h"
#include "sim/model/inference/inference.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS = 12, LOADS = 3, WAYS = 4, DRAWN = 65536 };
enum { ONCE, IN_A_ROW, ALL_OVER, DIFFERENT };
static const char *const ways[WAYS] = {"L unique", "L x %ld immediate", "L x %ld repeat",
                                       "%ld L unique"};

struct shape {
    const char *name;
    size_t width, hidden, layers, heads, kv_heads, vocabulary;
};

/* ------------------------------------------------------------------ random weights, BF16 */

/* The first numbers are drawn, the rest repeats them: time does not depend on their values. */
static enum attndyn_status draw(struct attndyn_context *ctx, uint64_t *state, size_t rows,
                                size_t columns, struct attndyn_matrix *m) {
    const size_t n = rows * columns, drawn = n < DRAWN ? n : DRAWN;
    const float scale = 1 / sqrtf((float)columns);
    uint16_t *to;
    ATTNDYN_ALLOC(ctx, to, n);
    for (size_t i = 0; i < drawn; i++) {
        const float x =
            scale * (float)(2 * ((double)(attndyn_splitmix_next(state) >> 11) * 0x1p-53) - 1);
        uint32_t word;
        memcpy(&word, &x, sizeof word);
        to[i] = (uint16_t)(word >> 16);
    }
    for (size_t i = drawn; i < n; i += drawn)
        memcpy(to + i, to, (n - i < drawn ? n - i : drawn) * sizeof *to);
    *m = (struct attndyn_matrix){.data = to,
                                 .dtype = ATTNDYN_BF16,
                                 .rows = rows,
                                 .columns = columns,
                                 .stride = columns,
                                 .group = rows};
    return ATTNDYN_OK;
}

static enum attndyn_status ones(struct attndyn_context *ctx, size_t d,
                                struct attndyn_weights_norm *norm) {
    attndyn_real *gain;
    ATTNDYN_ALLOC(ctx, gain, d);
    for (size_t j = 0; j < d; j++) gain[j] = 1;
    *norm = (struct attndyn_weights_norm){.gain = gain};
    return ATTNDYN_OK;
}

static enum attndyn_status random_weights(struct attndyn_context *ctx, const struct shape *s,
                                          size_t layers, struct attndyn_weights *w) {
    struct attndyn_weights_block *block;
    uint64_t state = 1;
    memset(w, 0, sizeof *w);
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "llama", &w->config));
    w->config.width = s->width, w->config.hidden = s->hidden, w->config.layers = layers;
    w->config.heads = s->heads, w->config.kv_heads = s->kv_heads;
    w->config.vocabulary = s->vocabulary, w->config.context = TOKENS;
    ATTNDYN_TRY(attndyn_transformer_config_resolve(ctx, &w->config));
    const size_t d = s->width, h = s->hidden, kv = s->kv_heads * w->config.head_width;
    ATTNDYN_ALLOC(ctx, block, layers);
    for (size_t l = 0; l < layers; l++) {
        struct attndyn_weights_block *k = &block[l];
        const struct {
            struct attndyn_weights_linear *map;
            size_t rows, columns;
        } maps[] = {{&k->query, d, d}, {&k->key, kv, d}, {&k->value, kv, d}, {&k->output, d, d},
                    {&k->gate, h, d},  {&k->up, h, d},   {&k->down, d, h}};
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
            ATTNDYN_TRY(draw(ctx, &state, maps[i].rows, maps[i].columns, &maps[i].map->weight));
        ATTNDYN_TRY(ones(ctx, d, &k->norm1));
        ATTNDYN_TRY(ones(ctx, d, &k->norm2));
    }
    w->block = block;
    w->blocks = layers;
    ATTNDYN_TRY(draw(ctx, &state, s->vocabulary, d, &w->embedding));
    w->decoder.weight = w->embedding;
    return ones(ctx, d, &w->norm);
}

/* The same blocks under the map of one way. */
static enum attndyn_status mapped(struct attndyn_context *ctx, const struct attndyn_weights *w,
                                  size_t way, size_t times, struct attndyn_weights *to) {
    const size_t depth = w->blocks * (way == IN_A_ROW || way == ALL_OVER ? times : 1);
    size_t *map;
    ATTNDYN_ALLOC(ctx, map, depth);
    for (size_t l = 0; l < depth; l++) map[l] = way == IN_A_ROW ? l / times : l % w->blocks;
    *to = *w;
    to->config.layers = depth;
    to->config.layer_map = to->layer_map = map;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the three times */

/* Wall milliseconds in which a file of so many bytes, which was just written, is read. */
static enum attndyn_status load(const struct trial *run, size_t bytes, double *ms) {
    double took[LOADS];
    char *to;
    FILE *file = tmpfile();
    if (!file) return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "cannot open a temporary file");
    enum attndyn_status status = ATTNDYN_OK;
    to = attndyn_alloc(run->ctx, bytes, 1);
    if (!to) status = ATTNDYN_NO_MEMORY;
    if (status == ATTNDYN_OK) {
        memset(to, 1, bytes);
        bool good = fwrite(to, 1, bytes, file) == bytes && fflush(file) == 0;
        for (size_t i = 0; i < LOADS && good; i++) {
            rewind(file);
            const double start = clock_wall_seconds();
            good = fread(to, 1, bytes, file) == bytes;
            took[i] = 1e3 * (clock_wall_seconds() - start);
        }
        if (good)
            *ms = clock_spread(LOADS, took).middle;
        else
            status = attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                  "cannot write and read %zu bytes of a temporary file", bytes);
        attndyn_free(run->ctx, to);
    }
    fclose(file);
    return status;
}

static enum attndyn_status decode(const struct trial *run, struct attndyn_inference *s,
                                  double *ms) {
    attndyn_inference_reset(s, 0);
    const double start = clock_seconds();
    for (size_t i = 0; i < TOKENS; i++) {
        const uint32_t token = (uint32_t)i;
        const struct attndyn_segment g = {0, &token, 1, 0};
        ATTNDYN_TRY(attndyn_inference_feed(run->ctx, s, &g, 1, NULL, NULL));
    }
    *ms = 1e3 * (clock_seconds() - start) / TOKENS;
    return ATTNDYN_OK;
}

static enum attndyn_status of_shape(const struct trial *run, const struct latency *p,
                                    const struct shape *s, double cache) {
    struct attndyn_context *ctx = run->ctx;
    const size_t rounds = (size_t)p->rounds, times = (size_t)p->times;
    const uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_weights *base, *different, *w;
    struct attndyn_inference *engine[WAYS];
    double *ms, *over, init[WAYS];
    ATTNDYN_ALLOC(ctx, base, 1);
    ATTNDYN_ALLOC(ctx, different, 1);
    ATTNDYN_ALLOC(ctx, w, WAYS);
    ATTNDYN_ALLOC(ctx, ms, WAYS * rounds);
    ATTNDYN_ALLOC(ctx, over, rounds);
    ATTNDYN_TRY(random_weights(ctx, s, s->layers, base));
    ATTNDYN_TRY(random_weights(ctx, s, s->layers * times, different));
    for (size_t k = 0; k < WAYS; k++) {
        double unused;
        ATTNDYN_TRY(mapped(ctx, k == DIFFERENT ? different : base, k, times, &w[k]));
        const double start = clock_wall_seconds();
        ATTNDYN_TRY(attndyn_inference_create(
            ctx, &w[k], &(struct attndyn_inference_options){.capacity = TOKENS}, &engine[k]));
        init[k] = 1e3 * (clock_wall_seconds() - start);
        ATTNDYN_TRY(decode(run, engine[k], &unused)); /* pages */
    }
    for (size_t r = 0; r < rounds; r++) {
        for (size_t k = 0; k < WAYS; k++) ATTNDYN_TRY(decode(run, engine[k], &ms[k * rounds + r]));
        attndyn_progress(ctx, "rounds", (double)(r + 1), (double)rounds);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    const double decoder = 2e-6 * (double)(s->vocabulary * s->width);
    const double block =
        (1e-6 * (double)attndyn_weights_bytes(base, NULL) - decoder) / (double)s->layers;
    for (size_t k = 0; k < WAYS; k++) {
        const double stored = 1e-6 * (double)attndyn_weights_bytes(&w[k], NULL);
        const double read = decoder + block * (double)w[k].config.layers;
        const char *way = attndyn_format(ctx, ways[k], p->times);
        double loaded = NAN;
        if (!way) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(load(run, (size_t)(1e6 * stored), &loaded));
        for (size_t r = 0; r < rounds; r++)
            over[r] = ms[k * rounds + r] / ms[DIFFERENT * rounds + r];
        const struct spread ratio = clock_spread(rounds, over);
        memcpy(over, ms + k * rounds, rounds * sizeof *over);
        const double execute = clock_spread(rounds, over).middle;
        ATTNDYN_TRY(EMIT(run, slide, .size = s->name, .scheme = way, .weights = stored,
                         .block = block, .read = read, .beyond = block * (double)s->layers / cache,
                         .load = loaded, .init = init[k], .execute = execute,
                         .rate = read / execute, .over_deep = ratio.middle, .over_low = ratio.low,
                         .over_high = ratio.high));
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status latency_measure(const struct trial *run, const struct latency *p,
                                    double *last_cache) {
    enum { WIDTH = 256, HIDDEN = 688, HEADS = 4, FEW = 512 };
    double bytes, rate[CLOCK_SIZES];
    ATTNDYN_TRY(clock_rates(run, rate));
    bytes = clock_last_cache_of(rate);
    for (int i = 0; i < CLOCK_SIZES; i++)
        ATTNDYN_TRY(EMIT(run, rates, .working = 1e-6 * clock_size(i), .rate = 1e-9 * rate[i]));
    *last_cache = 1e-6 * bytes;
    /* blocks of 1.6 MB, so many that they are two and a half times the last cache */
    const double block = 2.0 * (4 * WIDTH * WIDTH + 3 * WIDTH * HIDDEN);
    const struct shape shapes[] = {
        {"inside", 64, 172, 5, 8, 4, FEW},
        {"beyond", WIDTH, HIDDEN, (size_t)(2.5 * bytes / block) + 1, HEADS, HEADS, FEW},
        {"given", (size_t)p->width, (size_t)p->hidden, (size_t)p->blocks, (size_t)p->heads,
         (size_t)p->kv_heads, (size_t)p->vocabulary}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        ATTNDYN_TRY(of_shape(run, p, &shapes[i], *last_cache));
    return ATTNDYN_OK;
}
