/* What a book costs: 65,536 tokens (the talk's stretch of PG-19) through a network of OPT-125M's
 * and Pythia-160M's size, under each cache of 1024 keys, scored token by token as cache/evaluate
 * does it: maps in blocks, attention over lists. Measured: some tokens of a full cache; the rest
 * follows from the counts. Random weights: time does not depend on them. */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "sim/model/inference/inference.h"
#include "theory/cache/cost.h"

enum { SLOTS = 1024, BOOK = 65536, TOKENS = 128, BLOCK = 512 };

static enum attndyn_status see(void *user, size_t segment, size_t index, const float *logits) {
    (void)segment, (void)index;
    *(float *)user += logits[0];
    return ATTNDYN_OK;
}

/* CPU seconds of n more tokens in one call; all their logits, or the last one's. */
static double feed(struct attndyn_context *ctx, struct attndyn_inference *s, size_t n, bool all) {
    static uint32_t tokens[SLOTS];
    float sum = 0;
    for (size_t i = 0; i < n; i++) tokens[i] = (uint32_t)(i * 7919 % 50000);
    const struct attndyn_segment g = {0, tokens, n, all ? 0 : n - 1};
    const double start = cpu_seconds();
    BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, see, &sum));
    return cpu_seconds() - start;
}

static double one_by_one(struct attndyn_context *ctx, struct attndyn_inference *s, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += feed(ctx, s, 1, true);
    return sum;
}

static void line(const char *name, double seconds, const char *how) {
    printf("  %-34s %9.1f tokens/s %9.1f minutes   %s\n", name, 1 / seconds, seconds * BOOK / 60,
           how);
    fflush(stdout);
}

int main(void) {
    /* a gated MLP of 2048 has the numbers of OPT's and Pythia's two maps of 3072 */
    const struct llama_shape shape = {768, 2048, 12, 12, 12, 50272, 2048};
    const struct attndyn_cost_shape *opt = &attndyn_cost_shapes[0];
    int rounds = rounds_asked(3);
    if (rounds > 3) rounds = 3; /* minutes each */
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return EXIT_FAILURE;
    attndyn_threads_allow(ctx, 1);
    const struct attndyn_weights *w = random_llama(ctx, &shape, LLAMA_F32);
    static const struct {
        const char *name;
        struct attndyn_cache cache;
    } kinds[] = {{"window of 1024", {.policy = ATTNDYN_CACHE_WINDOW, .slots = SLOTS}},
                 {"streaming, 4 sinks of 1024",
                  {.policy = ATTNDYN_CACHE_STREAMING, .slots = SLOTS, .sinks = 4}},
                 {"H2O, 512 heavy and 512 recent",
                  {.policy = ATTNDYN_CACHE_H2O, .slots = SLOTS, .recent = SLOTS / 2}}};
    double time[ROUNDS_MOST], early[ROUNDS_MOST], late[ROUNDS_MOST], pass[ROUNDS_MOST];
    printf("A book of %d tokens, %.1f million multiply-adds of maps and logits a token, %.3f of "
           "attention for a thousand keys;\none thread, CPU time, medians of %d rounds\n",
           BOOK, 1e-6 * (double)(attndyn_cost_maps(opt) + attndyn_cost_logits(opt)),
           1e-6 * (double)attndyn_cost_attention(opt, 1000), rounds);
    const size_t n = (size_t)rounds;
    for (int k = 0; k < 3; k++) {
        struct attndyn_inference *s;
        const uint64_t mark = attndyn_memory_mark(ctx);
        const struct attndyn_inference_options options = {.cache = kinds[k].cache};
        BENCH_OK(ctx, attndyn_inference_create(ctx, w, &options, &s));
        feed(ctx, s, SLOTS, false);
        const size_t block = k < 2 ? BLOCK : TOKENS;
        for (int r = 0; r < rounds; r++) time[r] = feed(ctx, s, block, true) / (double)block;
        line(kinds[k].name, median(n, time),
             k < 2 ? "scored in blocks" : "scored, maps in blocks and lists token by token");
        if (k > 0) {
            for (int r = 0; r < rounds; r++) time[r] = one_by_one(ctx, s, TOKENS / 4) * 4 / TOKENS;
            line(kinds[k].name, median(n, time), "generated, token by token");
        }
        attndyn_memory_release(ctx, mark);
    }
    struct attndyn_inference *s;
    const struct attndyn_inference_options options = {.capacity = 2 * SLOTS};
    BENCH_OK(ctx, attndyn_inference_create(ctx, w, &options, &s));
    for (int r = 0; r < rounds; r++) {
        attndyn_inference_reset(s, 0);
        early[r] = feed(ctx, s, BLOCK, true) / BLOCK;
        attndyn_inference_reset(s, 0);
        pass[r] = feed(ctx, s, SLOTS, false);
        late[r] = feed(ctx, s, BLOCK, true) / BLOCK;
    }
    /* a token's time is linear in the keys that it sees: from the two, at half the book */
    const double first = median(n, early), each = (median(n, late) - first) / SLOTS;
    line("dense", first + each * (BOOK / 2. - BLOCK / 2.), "scored in blocks, by extrapolation");
    line("re-computation, 1024 tokens anew", median(n, pass), "a pass for every token");
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
