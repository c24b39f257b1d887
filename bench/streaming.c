/* A stream without end: tokens a second under StreamingLLM's cache beside its published scheme in
 * PyTorch, the whole cache turned at each step; and re-computation, whose time should be that of
 * streaming times the ratio of the operations, corrected by the rates at which they run: products
 * of matrices where a pass has L rows, of a matrix and a vector where one token comes alone. These
 * two rates are measured on the maps alone.
 *
 * Beside both: the floor, bytes of the weights and of the keys and values that are looked at, at
 * the bandwidth that one core reads as many with in the same round. 5 times PyTorch is asked for;
 * where even the floor is not so fast, the line says so.
 *
 * Random weights: time does not depend on them. Rounds alternate; medians. */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "sim/model/inference/inference.h"
#include "sim/num/gemv.h"
#include "theory/cache/cost.h"

enum { SINKS = 4, LONGEST = 512 };

static const struct shape {
    const char *name;
    struct llama_shape llama;
    size_t slots, tokens, passes; /* tokens, passes: of a measurement */
    int judged;                   /* is re-computation */
} shapes[] = {
    {"1M  (d 128, 4 layers), 64 slots", {128, 344, 4, 4, 4, 512, 2048}, 64, 400, 0, 0},
    {"1M  (d 128, 4 layers), 512 slots", {128, 344, 4, 4, 4, 512, 2048}, 512, 200, 2, 1},
    {"15M (d 288, 6 layers), 512 slots", {288, 768, 6, 6, 6, 32000, 2048}, 512, 40, 1, 1},
    {"15M (d 288, 6 layers), 1024 slots", {288, 768, 6, 6, 6, 32000, 2048}, 1024, 40, 0, 0}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Seconds a token, the list being full. */
static double stream(struct attndyn_context *ctx, struct attndyn_inference *s, size_t tokens) {
    size_t state[2] = {attndyn_inference_weights(s)->config.vocabulary, 1};
    double start = cpu_seconds();
    for (size_t i = 0; i < tokens; i++) {
        uint32_t token = (uint32_t)state[1];
        const struct attndyn_segment g = {0, &token, 1, 0};
        BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, take_likeliest, state));
    }
    return (cpu_seconds() - start) / (double)tokens;
}

/* Seconds a token: a fresh pass over the last `slots` tokens for each. */
static double anew(struct attndyn_context *ctx, struct attndyn_inference *s, size_t slots,
                   size_t passes) {
    uint32_t tokens[LONGEST];
    size_t state[2] = {attndyn_inference_weights(s)->config.vocabulary, 1};
    for (size_t i = 0; i < slots; i++) tokens[i] = (uint32_t)(i * i % state[0]);
    double start = cpu_seconds();
    for (size_t i = 0; i < passes; i++) {
        const struct attndyn_segment g = {0, tokens, slots, slots - 1};
        attndyn_inference_reset(s, 0);
        BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, take_likeliest, state));
        memmove(tokens, tokens + 1, (slots - 1) * sizeof *tokens);
        tokens[slots - 1] = (uint32_t)state[1];
    }
    return (cpu_seconds() - start) / (double)passes;
}

static void product(const struct attndyn_matrix *m, size_t rows, const float *x, float *y) {
    if (rows > 1)
        attndyn_gemm_single(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, m->rows, m->columns, 1, x,
                            m->columns, m->data, m->stride, 0, y, m->rows);
    else
        attndyn_gemv_best()->f32(m->rows, m->columns, m->data, m->stride, x, y);
}

/* Multiply-adds a CPU second of all maps for `rows` tokens at once, and the logits of one. */
static double rate(const struct attndyn_weights *w, size_t rows, const float *x, float *y) {
    const struct attndyn_transformer_config *c = &w->config;
    double start = cpu_seconds(), took = 0, done = 0;
    while (took < 0.02) {
        for (size_t l = 0; l < c->layers; l++) {
            const struct attndyn_weights_block *b = &w->block[l];
            const struct attndyn_matrix *maps[] = {
                &b->query.weight, &b->key.weight, &b->value.weight, &b->output.weight,
                &b->gate.weight,  &b->up.weight,  &b->down.weight};
            for (int k = 0; k < 7; k++) {
                product(maps[k], rows, x, y);
                done += (double)(rows * maps[k]->rows * maps[k]->columns);
            }
        }
        product(&w->decoder.weight, 1, x, y);
        done += (double)(w->decoder.weight.rows * w->decoder.weight.columns);
        took = cpu_seconds() - start;
    }
    return done / took;
}

/* Seconds for one core to sum `bytes`, in rows of 1024 numbers. */
enum { SUMMED = 1024 };
static double read_seconds(size_t bytes, const float *room, const float *ones, float *y) {
    const size_t rows = bytes / SUMMED / sizeof(float), repeats = ((size_t)1 << 26) / bytes + 1;
    double best = INFINITY;
    for (int i = 0; i < 3; i++) {
        const double start = cpu_seconds();
        for (size_t r = 0; r < repeats; r++)
            attndyn_gemv_best()->f32(rows, SUMMED, room, SUMMED, ones, y);
        best = fmin(best, (cpu_seconds() - start) / (double)repeats);
    }
    return best;
}

static void compare(const struct shape *shape, int rounds, struct peer *peer) {
    struct attndyn_context *ctx = attndyn_context_create();
    double ours[ROUNDS_MOST], theirs[ROUNDS_MOST], fresh[ROUNDS_MOST], over[ROUNDS_MOST];
    double times[ROUNDS_MOST], rates[ROUNDS_MOST], least[ROUNDS_MOST], most[ROUNDS_MOST];
    double share[ROUNDS_MOST];
    if (!ctx) exit(EXIT_FAILURE);
    attndyn_threads_allow(ctx, 1);
    const struct llama_shape *l = &shape->llama;
    const struct attndyn_weights *w = random_llama(ctx, l, LLAMA_F32);
    struct attndyn_inference *list, *dense;
    const struct attndyn_inference_options options = {
        .cache = {.policy = ATTNDYN_CACHE_STREAMING, .slots = shape->slots, .sinks = SINKS}};
    BENCH_OK(ctx, attndyn_inference_create(ctx, w, &options, &list));
    BENCH_OK(ctx,
             attndyn_inference_create(
                 ctx, w, &(struct attndyn_inference_options){.capacity = shape->slots}, &dense));
    const size_t widest = l->hidden > l->width ? l->hidden : l->width;
    float *x = ATTNDYN_NEW(ctx, float, LONGEST *widest),
          *y = ATTNDYN_NEW(ctx, float, LONGEST *widest);
    if (!x || !y) exit(EXIT_FAILURE);
    for (size_t i = 0; i < LONGEST * widest; i++) x[i] = (float)(i % 7) - 3;
    const size_t bytes = attndyn_weights_bytes(w, &(size_t){0}) + 2 * sizeof(float) * l->layers *
                                                                      l->width / l->heads *
                                                                      l->kv_heads * shape->slots;
    float *room = ATTNDYN_NEW(ctx, float, bytes / sizeof(float)),
          *ones = ATTNDYN_NEW(ctx, float, SUMMED),
          *sums = ATTNDYN_NEW(ctx, float, bytes / sizeof(float) / SUMMED);
    if (!room || !ones || !sums) exit(EXIT_FAILURE);
    for (size_t i = 0; i < bytes / sizeof(float); i++) room[i] = 1; /* pages of its own */
    for (size_t i = 0; i < SUMMED; i++) ones[i] = 1;
    stream(ctx, list, shape->slots); /* fills the list */
    int asked = 0;
    for (int r = 0; r < rounds; r++) {
        ours[r] = stream(ctx, list, shape->tokens);
        least[r] = read_seconds(bytes, room, ones, sums);
        share[r] = least[r] / ours[r];
        if (peer_ask(peer, &theirs[r], 1, "%zu %zu %zu %zu %zu %zu %d %zu", l->layers, l->width,
                     l->heads, l->hidden, l->vocabulary, shape->slots, SINKS, shape->tokens / 4))
            most[asked] = theirs[r] / least[r], over[asked++] = theirs[r] / ours[r];
        if (!shape->judged) continue;
        fresh[r] = anew(ctx, dense, shape->slots, shape->passes);
        times[r] = fresh[r] / ours[r];
        rates[r] = rate(w, shape->slots, x, y) / rate(w, 1, x, y);
    }
    const size_t n = (size_t)rounds;
    printf("\n%s\n  streaming %9.0f tokens/s", shape->name, 1 / median(n, ours));
    if (asked == rounds) {
        const double ratio = median(n, over), floor = median(n, most);
        printf("; PyTorch, whole cache turned %9.0f: %.1f times (target 5, %s)\n",
               1 / median(n, theirs), ratio,
               ratio >= 5  ? "met"
               : floor < 5 ? "missed: the floor does not allow it"
                           : "missed");
    } else {
        printf("; PyTorch left out: %s\n", peer->why);
    }
    printf("  floor: %.1f MB a token at %.1f GB/s, %.0f tokens/s; we reach %.0f %% of it",
           1e-6 * (double)bytes, 1e-9 * (double)bytes / median(n, least), 1 / median(n, least),
           100 * median(n, share));
    if (asked == rounds) printf("; it would be %.1f times PyTorch", median(n, most));
    puts("");
    if (shape->judged) {
        const struct attndyn_cost_shape s = {"",        l->layers,     l->width,
                                             l->heads,  l->kv_heads,   l->width / l->heads,
                                             l->hidden, l->vocabulary, true};
        const uint64_t L = shape->slots;
        const double alone = (double)(attndyn_cost_maps(&s) + attndyn_cost_logits(&s) +
                                      attndyn_cost_attention(&s, L)),
                     pass = (double)(L * attndyn_cost_maps(&s) + attndyn_cost_logits(&s) +
                                     attndyn_cost_attention(&s, L * (L + 1) / 2)),
                     time = median(n, times), faster = median(n, rates),
                     expected = pass / alone / faster, off = time / expected;
        printf(
            "  re-computation %9.1f tokens/s: %.1f times the time of streaming; operations "
            "%.1f times, at %.2f times the rate: %.1f expected; off by %+.0f %% (target 30 %s)\n",
            1 / median(n, fresh), time, pass / alone, faster, expected, 100 * (off - 1),
            off < 1.3 && off > 1 / 1.3 ? "%, met" : "%, missed");
    }
    fflush(stdout);
    attndyn_context_free(ctx);
}

int main(void) {
    int rounds = rounds_asked(9);
    struct peer peer;
    peer_start(&peer, "bench/peers/streaming.py");
    printf("Streams under StreamingLLM's cache (%d sinks), %s kernels, medians of %d rounds; peer: "
           "%s\n",
           SINKS, attndyn_gemv_best()->name, rounds, peer.run ? peer.about : peer.why);
    for (size_t i = 0; i < SHAPES; i++) compare(&shapes[i], rounds, &peer);
    peer_stop(&peer);
    return EXIT_SUCCESS;
}
