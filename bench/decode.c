/* Decoding one stream: tokens a second beside the floor (bytes of weights at the bandwidth that one
 * core reads them with, measured in the same round) and beside llama2.c's arithmetic as plain loops
 * (bench/peers/plain_decode.c). Random weights: time does not depend on them.
 *
 * Rounds alternate between bandwidth, us and the peer, TRIES times each: of a round the least time
 * counts, since whoever else is on the machine only ever adds to it; ratios are taken within a
 * round, and their median counts. Both decode from an empty cache on, as llama2.c's own program
 * does. BENCH_SHAPE=n: the n-th network only, from 0. */
#include "bench/harness.h"
#include "bench/peers/plain_decode.h"
#include "bench/random_llama.h"
#include "sim/model/inference/inference.h"
#include "sim/num/gemv.h"

enum { TRIES = 3 };

static const struct shape {
    const char *name;
    struct llama_shape llama;
    size_t tokens; /* of a measurement */
    double over_peer, of_floor, by_two;
} shapes[] = {{"260K (stories260K's shape)", {64, 172, 5, 8, 4, 512, 512}, 512, 3, 0, 0},
              {"15M  (d 288, 6 layers)", {288, 768, 6, 6, 6, 32000, 256}, 64, 1, 0.9, 0},
              {"110M (d 768, 12 layers)", {768, 2048, 12, 12, 12, 32000, 1024}, 12, 1, 0.9, 1.6}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Feeds `tokens` tokens to an empty cache; seconds a token. */
static double ours(struct attndyn_context *ctx, struct attndyn_inference *s, size_t tokens,
                   bool wall) {
    size_t state[2] = {attndyn_inference_weights(s)->config.vocabulary, 1};
    attndyn_inference_reset(s, 0);
    double start = wall ? wall_seconds() : cpu_seconds();
    for (size_t i = 0; i < tokens; i++) {
        uint32_t token = (uint32_t)state[1];
        struct attndyn_segment g = {0, &token, 1, 0};
        BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, take_likeliest, state));
    }
    return ((wall ? wall_seconds() : cpu_seconds()) - start) / (double)tokens;
}

static double peers(struct plain_llama *net, size_t tokens) {
    int token = 1;
    double start = cpu_seconds();
    for (size_t i = 0; i < tokens; i++) {
        plain_decode(net, token, (int)i);
        token = 0;
        for (int j = 1; j < net->vocabulary; j++)
            if (net->logits[j] > net->logits[token]) token = j;
    }
    return (cpu_seconds() - start) / (double)tokens;
}

static struct attndyn_inference *made(struct attndyn_context *ctx, const struct attndyn_weights *w,
                                      bool bytes, int threads) {
    struct attndyn_inference *s;
    attndyn_threads_allow(ctx, threads);
    BENCH_OK(ctx, attndyn_inference_create(
                      ctx, w, &(struct attndyn_inference_options){.bytes = bytes}, &s));
    attndyn_threads_allow(ctx, 1);
    return s;
}

static struct plain_llama plain_of(struct attndyn_context *ctx, const struct attndyn_weights *w) {
    const struct attndyn_transformer_config *c = &w->config;
    size_t kv = c->kv_heads * c->head_width, d = c->width, T = c->context;
    struct plain_layer *layer = ATTNDYN_NEW(ctx, struct plain_layer, c->layers);
    for (size_t l = 0; layer && l < c->layers; l++) {
        const struct attndyn_weights_block *k = &w->block[l];
        layer[l] =
            (struct plain_layer){k->norm1.gain,        k->query.weight.data,  k->key.weight.data,
                                 k->value.weight.data, k->output.weight.data, k->norm2.gain,
                                 k->gate.weight.data,  k->up.weight.data,     k->down.weight.data};
    }
    struct plain_llama net = {.width = (int)d,
                              .hidden = (int)c->hidden,
                              .layers = (int)c->layers,
                              .heads = (int)c->heads,
                              .kv_heads = (int)c->kv_heads,
                              .vocabulary = (int)c->vocabulary,
                              .context = (int)T,
                              .layer = layer,
                              .embedding = w->embedding.data,
                              .norm = w->norm.gain};
    float **arrays[] = {&net.keys, &net.values, &net.x, &net.a,      &net.b,
                        &net.q,    &net.h,      &net.g, &net.scores, &net.logits};
    size_t sizes[] = {c->layers * T * kv, c->layers * T * kv, d, d, d, d, c->hidden, c->hidden,
                      c->heads * T,       c->vocabulary};
    for (size_t i = 0; i < 10; i++)
        if (!(*arrays[i] = ATTNDYN_NEW(ctx, float, sizes[i]))) exit(EXIT_FAILURE);
    return net;
}

static void least(double *time, int round, int attempt, double seconds) {
    if (attempt == 0 || seconds < time[round]) time[round] = seconds;
}

/* Seconds a byte of one core that sums as many bytes as the weights are, again and again: the
 * product with ones is as plain a sum as there is. How fast memory is read depends on the order:
 * the best of rows of 1024 numbers, by single numbers and by bytes. */
enum { SUMMED = 1024 };
static double read_a_byte(size_t bytes, const float *room, const float *ones, float *y) {
    size_t repeats = ((size_t)1 << 26) / bytes + 1, rows[] = {bytes / SUMMED / 4, bytes / SUMMED};
    double best = INFINITY;
    for (int kind = 0; kind < 2; kind++) {
        double start = cpu_seconds();
        for (size_t r = 0; r < repeats; r++)
            if (kind == 0)
                attndyn_gemv_best()->f32(rows[0], SUMMED, room, SUMMED, ones, y);
            else
                attndyn_gemv_best()->i8(rows[1], SUMMED, (const int8_t *)room, SUMMED, room, ones,
                                        y);
        double read = (double)(rows[kind] * SUMMED * (kind == 0 ? 4 : 1) * repeats);
        best = fmin(best, (cpu_seconds() - start) / read);
    }
    return best;
}

/* How many times the rate of one thread two have, wall time, when each sums one half of `bytes` as
 * the weights are read: what the machine allows two threads to gain. */
static double both_over_one(size_t bytes, const float *room, const float *ones, float *y) {
    const size_t rows = bytes / SUMMED / 4, repeats = ((size_t)1 << 26) / bytes + 1;
    double best[2] = {INFINITY, INFINITY};
    for (int t = 0; t < 2 * TRIES; t++) {
        const int threads = t % 2 + 1;
        const double start = wall_seconds();
        for (size_t r = 0; r < repeats; r++)
#pragma omp parallel for num_threads(threads) schedule(static)
            for (int k = 0; k < 2; k++) {
                const size_t from = rows * (size_t)k / 2, to = rows * (size_t)(k + 1) / 2;
                attndyn_gemv_best()->f32(to - from, SUMMED, room + from * SUMMED, SUMMED, ones,
                                         y + from);
            }
        best[t % 2] = fmin(best[t % 2], wall_seconds() - start);
    }
    return best[0] / best[1];
}

/* Two threads ought to gain 1.6, or as much as the machine allows where that is less. */
static void judge_two(double gained, double allowed, double target) {
    printf("  two threads, wall time: %.2f times one; the bandwidth of two threads is %.2f times "
           "that of one",
           gained, allowed);
    if (target > 0 && allowed < target)
        printf(": it does not allow %.1f; of what it allows %.0f %%", target,
               100 * gained / allowed);
    else if (target > 0)
        printf(" (target %.1f, %s)", target, gained >= target ? "met" : "missed");
    puts("");
}

static void compare(const struct shape *shape, int rounds) {
    struct attndyn_context *ctx = attndyn_context_create();
    double byte[ROUNDS_MOST], time[4][ROUNDS_MOST], wall[2][ROUNDS_MOST], theirs[ROUNDS_MOST];
    double ratio[5][ROUNDS_MOST], allowed[ROUNDS_MOST], floor_share[4][ROUNDS_MOST];
    static const char *const kinds[] = {"F32", "BF16", "F16", "int8"};
    size_t bytes[4];
    if (!ctx) exit(EXIT_FAILURE);
    const struct attndyn_weights *w[4];
    struct attndyn_inference *s[4], *two;
    for (int k = 0; k < 4; k++) {
        w[k] = random_llama(ctx, &shape->llama, (enum llama_storage)(k < 3 ? k : 0));
        s[k] = made(ctx, w[k], k == 3, 1);
        size_t numbers, all = attndyn_weights_bytes(w[k], &numbers);
        bytes[k] = k == 3 ? numbers : all;
    }
    two = made(ctx, w[0], false, 2);
    struct plain_llama plain = plain_of(ctx, w[0]);
    float *room = ATTNDYN_NEW(ctx, float, bytes[0] / sizeof(float));
    float *ones = ATTNDYN_NEW(ctx, float, SUMMED), *sums = ATTNDYN_NEW(ctx, float, bytes[0]);
    if (!room || !ones || !sums) exit(EXIT_FAILURE);
    for (size_t i = 0; i < bytes[0] / sizeof(float); i++) room[i] = 1;
    for (size_t i = 0; i < SUMMED; i++) ones[i] = 1;
    for (int r = 0; r < rounds; r++) {
        for (int t = 0; t < TRIES; t++) {
            least(byte, r, t, read_a_byte(bytes[0], room, ones, sums));
            least(theirs, r, t, peers(&plain, shape->tokens));
            for (int k = 0; k < 4; k++) least(time[k], r, t, ours(ctx, s[k], shape->tokens, false));
            least(wall[0], r, t, ours(ctx, s[0], shape->tokens, true));
            least(wall[1], r, t, ours(ctx, two, shape->tokens, true));
        }
        for (int k = 0; k < 4; k++) {
            floor_share[k][r] = (double)bytes[k] * byte[r] / time[k][r];
            ratio[k][r] = k == 0 ? theirs[r] / time[0][r] : time[0][r] / time[k][r];
        }
        ratio[4][r] = wall[0][r] / wall[1][r];
        allowed[r] = both_over_one(bytes[0], room, ones, sums);
    }
    size_t n = (size_t)rounds;
    printf("\n%s: %.1f MB, read at %.1f GB/s\n", shape->name, (double)bytes[0] / 1e6,
           1e-9 / median(n, byte));
    double over = median(n, ratio[0]);
    for (int k = 0; k < 4; k++) {
        double share = median(n, floor_share[k]);
        printf("  %-4s %9.0f tokens/s   %3.0f %% of the floor of its bytes", kinds[k],
               1 / median(n, time[k]), 100 * share);
        if (k == 0)
            printf("; plain loops %9.0f tokens/s: %.2f times (target %.0f%s)",
                   1 / median(n, theirs), over, shape->over_peer,
                   over >= shape->over_peer ? ", met" : ", missed");
        else
            printf("; %.2f times F32", median(n, ratio[k]));
        if (k == 0 && shape->of_floor > 0)
            printf("; floor target %.0f %%%s", 100 * shape->of_floor,
                   share >= shape->of_floor ? " met" : " missed");
        puts("");
    }
    judge_two(median(n, ratio[4]), median(n, allowed), shape->by_two);
    fflush(stdout);
    attndyn_context_free(ctx);
}

int main(void) {
    int rounds = rounds_asked(9);
    long only = setting("BENCH_SHAPE", -1);
    printf("Decoding one stream, %s kernels, medians of %d rounds, of each the least of %d times; "
           "peer: llama2.c's arithmetic, plain loops, -Ofast -march=native\n",
           attndyn_gemv_best()->name, rounds, TRIES);
    for (size_t i = 0; i < SHAPES; i++)
        if (only < 0 || (size_t)only == i) compare(&shapes[i], rounds);
    return EXIT_SUCCESS;
}
