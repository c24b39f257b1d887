/* Does it pay to use a block twice in a row? A token decoded by L blocks, by L used twice in a row,
 * by L used twice all over, and by 2 L different ones; random weights, one stream, one core, BF16.
 * Beside the times: what is read, and the rate that follows.
 *
 * The last cache is measured, not looked up: the rate of sums over ever larger arrays, and where it
 * falls below the middle of its first and its last. A verdict is given only where a network is
 * larger than twice that cache: below, sharing can win nothing, and the line says so. Rounds
 * alternate between the schemes; medians. mobile/latency is the model on paper.
 */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "sim/model/inference/inference.h"
#include "sim/num/gemv.h"

enum { TOKENS = 24, SIZES = 9 };

static const struct shape {
    const char *name;
    struct llama_shape llama;
} shapes[] = {{"d 64, 5 blocks", {64, 172, 5, 8, 4, 512, 256}},
              {"MobileLLM-125M (d 576, 30 blocks)", {576, 1536, 30, 9, 3, 32000, 256}}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const char *const schemes[] = {"L", "L x 2 immediate", "L x 2 repeat", "2L different"};
enum { UNIQUE, IMMEDIATE, REPEAT, DEEP, SCHEMES };

/* Sums of `bytes` bytes, again and again: bytes a second. */
static double rate_of(size_t bytes, const float *room, const float *ones, float *y) {
    size_t rows = bytes / sizeof(float) / 1024, repeats = ((size_t)1 << 28) / bytes + 1;
    double best = 0;
    for (int i = 0; i < 3; i++) {
        double start = cpu_seconds();
        for (size_t r = 0; r < repeats; r++)
            attndyn_gemv_best()->f32(rows, 1024, room, 1024, ones, y);
        double rate = (double)(rows * 4096 * repeats) / (cpu_seconds() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

/* Megabytes of the last cache, as far as the rates show it. */
static double last_cache(struct attndyn_context *ctx) {
    size_t most = (size_t)1 << 28;
    float *room = ATTNDYN_NEW(ctx, float, most / sizeof(float));
    float *ones = ATTNDYN_NEW(ctx, float, 1024), *y = ATTNDYN_NEW(ctx, float, most / 4096);
    double rate[SIZES], cache = 0;
    if (!room || !ones || !y) exit(EXIT_FAILURE);
    for (size_t i = 0; i < most / sizeof(float); i++) room[i] = 1; /* pages of its own */
    printf("working set, MB:");
    for (int i = 0; i < SIZES; i++) printf(" %6d", 1 << i);
    printf("\nrate, GB/s:     ");
    for (int i = 0; i < SIZES; i++) {
        rate[i] = rate_of((size_t)1 << (20 + i), room, ones, y);
        printf(" %6.1f", 1e-9 * rate[i]);
    }
    for (int i = 0; i < SIZES; i++)
        if (rate[i] > (rate[0] + rate[SIZES - 1]) / 2) cache = 1 << i;
    printf("\nlast cache, about: %.0f MB\n", cache);
    return cache;
}

/* The weights under another map. */
static struct attndyn_weights *mapped(struct attndyn_context *ctx, const struct attndyn_weights *w,
                                      size_t layers, int scheme) {
    struct attndyn_weights *to = ATTNDYN_NEW(ctx, struct attndyn_weights, 1);
    size_t depth = scheme == UNIQUE || scheme == DEEP ? layers : 2 * layers;
    size_t *map = ATTNDYN_NEW(ctx, size_t, depth);
    if (!to || !map) exit(EXIT_FAILURE);
    for (size_t l = 0; l < depth; l++) map[l] = scheme == IMMEDIATE ? l / 2 : l % layers;
    *to = *w;
    to->config.layers = depth;
    to->config.layer_map = to->layer_map = map;
    return to;
}

static double decode(struct attndyn_context *ctx, struct attndyn_inference *s) {
    attndyn_inference_reset(s, 0);
    double start = cpu_seconds();
    for (size_t i = 0; i < TOKENS; i++) {
        uint32_t token = (uint32_t)i;
        struct attndyn_segment g = {0, &token, 1, 0};
        BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL));
    }
    return 1e3 * (cpu_seconds() - start) / TOKENS;
}

/* false: a verdict was missed. */
static bool compare(const struct shape *shape, double cache, int rounds) {
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) exit(EXIT_FAILURE);
    struct llama_shape deep = shape->llama;
    deep.layers *= 2;
    const struct attndyn_weights *base = random_llama(ctx, &shape->llama, LLAMA_BF16);
    const struct attndyn_weights *different = random_llama(ctx, &deep, LLAMA_BF16);
    struct attndyn_inference *s[SCHEMES];
    double init[SCHEMES], time[SCHEMES][ROUNDS_MOST], ms[SCHEMES], read[SCHEMES];
    double decoder = 2 * (double)(shape->llama.vocabulary * shape->llama.width);
    for (int k = 0; k < SCHEMES; k++) {
        const struct attndyn_weights *w = k == DEEP ? different : base;
        size_t layers = w->blocks;
        double blocks = (double)attndyn_weights_bytes(w, NULL) - decoder;
        read[k] = 1e-6 * (decoder + blocks * (k == IMMEDIATE || k == REPEAT ? 2 : 1));
        double start = wall_seconds();
        BENCH_OK(ctx, attndyn_inference_create(ctx, mapped(ctx, w, layers, k),
                                               &(struct attndyn_inference_options){0}, &s[k]));
        init[k] = 1e3 * (wall_seconds() - start);
    }
    for (int r = 0; r < rounds; r++)
        for (int k = 0; k < SCHEMES; k++) time[k][r] = decode(ctx, s[k]);
    printf("\n%s\n%-18s %10s %12s %14s %10s\n", shape->name, "", "init, ms", "execute, ms",
           "read, MB", "GB/s");
    for (int k = 0; k < SCHEMES; k++) {
        ms[k] = median((size_t)rounds, time[k]);
        printf("%-18s %10.2f %12.3f %14.2f %10.1f\n", schemes[k], init[k], ms[k], read[k],
               read[k] / ms[k]);
    }
    double set = 1e-6 * (double)attndyn_weights_bytes(base, NULL), ratio = ms[IMMEDIATE] / ms[DEEP];
    bool beyond = set > 2 * cache;
    if (beyond)
        printf("immediate over different: %.2f, expected below 0.85: %s (the talk's: %.2f)\n",
               ratio, ratio < 0.85 ? "met" : "missed", 16.0 / 29.0);
    else
        printf("immediate over different: %.2f; no verdict: its %.1f MB are not twice the last "
               "cache, there is no memory to save\n",
               ratio, set);
    attndyn_context_free(ctx);
    return !beyond || ratio < 0.85;
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    const long rounds = rounds_asked(9);
    bool good = true;
    if (!ctx) return EXIT_FAILURE;
    double cache = last_cache(ctx);
    attndyn_context_free(ctx);
    for (int i = 0; i < SHAPES; i++) good = compare(&shapes[i], cache, (int)rounds) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
