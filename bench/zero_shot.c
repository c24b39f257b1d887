/* Multiple choice, scored in batches as mobile/zero-shot does it: items a second, as a share of the
 * single-precision matrix rate measured in the same round. A network of OPT-125M's size (LLaMA's
 * form: three products of 2048 for two of 3072) with random weights; items of random tokens, as
 * long as those of the talk's tasks are in the mean, give or take a half.
 *
 * FLOP, counted as the items are: 2 N for each token that is read, N the entries of the layers'
 * maps; 4 L d for each pair of a query and a key that it sees; 2 d V for each token scored. */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "bench/sgemm.h"
#include "sim/model/inference/continuation.h"

enum { ROWS = 1024, CAPACITY = 512, STREAMS = 96 };

static const struct llama_shape shape = {768, 2048, 12, 12, 12, 50272, 2048};

/* Tokens of the context that an item's choices share, and of a choice. */
static const struct kind {
    const char *name;
    size_t context, choice, choices;
} kinds[] = {{"as ARC", 25, 5, 4}, {"as HellaSwag", 55, 28, 4}, {"as BoolQ", 155, 1, 2}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* About `mean`, from half of it to one and a half. */
static size_t about(size_t mean, uint64_t *state) {
    return mean < 2 ? 1 : mean / 2 + (size_t)(attndyn_splitmix_next(state) % (mean + 1));
}

/* Keys that tokens [from, to) of a stream see. */
static double seen(size_t from, size_t to) {
    return ((double)to * ((double)to + 1) - (double)from * ((double)from + 1)) / 2;
}

struct batch {
    struct attndyn_continuations *items;
    size_t count, tokens; /* tokens: read */
    double flop;
};

static void draw_item(struct attndyn_context *ctx, const struct kind *kind, uint64_t *state,
                      struct attndyn_continuations *item) {
    size_t context = about(kind->context, state);
    item->count = kind->choices;
    item->sequence = ATTNDYN_NEW(ctx, struct attndyn_continuation, kind->choices);
    for (size_t k = 0; item->sequence && k < kind->choices; k++) {
        size_t n = context + about(kind->choice, state);
        uint32_t *tokens = ATTNDYN_NEW(ctx, uint32_t, n);
        if (!tokens) exit(EXIT_FAILURE);
        for (size_t i = 0; i < n; i++)
            tokens[i] = k && i < context
                            ? item->sequence[0].tokens[i]
                            : (uint32_t)(attndyn_splitmix_next(state) % shape.vocabulary);
        item->sequence[k] =
            (struct attndyn_continuation){.tokens = tokens, .count = n, .from = context};
    }
    if (!item->sequence) exit(EXIT_FAILURE);
}

/* As many items as are read together: their shared beginnings, and what comes behind, are at most
 * ROWS tokens each. */
static struct batch draw(struct attndyn_context *ctx, const struct kind *kind, uint64_t *state) {
    struct batch b = {.items = ATTNDYN_NEW(ctx, struct attndyn_continuations, STREAMS)};
    size_t shared = 0, apart = 0, d = shape.width, streams = 0;
    if (!b.items) exit(EXIT_FAILURE);
    const double maps = (double)shape.layers * (double)(d * (4 * d + 3 * shape.hidden));
    for (;; b.count++) {
        struct attndyn_continuations *item = &b.items[b.count];
        draw_item(ctx, kind, state, item);
        const struct attndyn_continuation_rows r = attndyn_continuation_rows(item, shape.context);
        shared += r.shared, apart += r.apart, streams += item->count;
        if (shared > ROWS || apart > ROWS || streams > STREAMS) break;
        double keys = seen(0, r.shared);
        for (size_t k = 0; k < item->count; k++)
            keys += seen(r.shared, item->sequence[k].count - 1);
        b.tokens += r.shared + r.apart;
        b.flop += 2 * maps * (double)(r.shared + r.apart) +
                  4 * (double)shape.layers * (double)d * keys +
                  2 * (double)d * (double)shape.vocabulary * (double)r.scored;
    }
    return b;
}

int main(void) {
    int rounds = rounds_asked(5);
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return EXIT_FAILURE;
    float *room = sgemm_room(ctx);
    attndyn_threads_allow(ctx, 1);
    const struct attndyn_weights *w = random_llama(ctx, &shape, LLAMA_F32);
    struct attndyn_inference *s;
    const struct attndyn_inference_options options = {.streams = STREAMS, .capacity = CAPACITY};
    BENCH_OK(ctx, attndyn_inference_create(ctx, w, &options, &s));
    printf(
        "Multiple choice in batches, OPT-125M's size (d 768, 12 layers, vocabulary %zu), OpenBLAS "
        "kernels %s, medians of %d rounds\n%-14s %8s %8s %10s %10s %10s  %s\n",
        shape.vocabulary, attndyn_blas_core(), rounds, "", "items", "tokens", "items/s", "tokens/s",
        "GFLOP/s", "of sgemm at 1024^3 (target 60 %)");
    uint64_t state = 1;
    for (int k = 0; k < KINDS; k++) {
        double time[ROUNDS_MOST], share[ROUNDS_MOST];
        uint64_t mark = attndyn_memory_mark(ctx);
        const struct batch b = draw(ctx, &kinds[k], &state);
        /* once for the pages of the cache */
        BENCH_OK(ctx, attndyn_continuations_score(ctx, s, b.items, b.count));
        for (int r = 0; r < rounds; r++) {
            double rate = sgemm_rate(room), start = cpu_seconds();
            BENCH_OK(ctx, attndyn_continuations_score(ctx, s, b.items, b.count));
            time[r] = cpu_seconds() - start;
            share[r] = b.flop / time[r] / rate;
        }
        double second = median((size_t)rounds, time), part = median((size_t)rounds, share);
        printf("%-14s %8zu %8zu %10.1f %10.0f %10.1f  %3.0f %% %s\n", kinds[k].name, b.count,
               b.tokens, (double)b.count / second, (double)b.tokens / second,
               1e-9 * b.flop / second, 100 * part, part >= 0.6 ? "met" : "missed");
        fflush(stdout);
        attndyn_memory_release(ctx, mark);
    }
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
