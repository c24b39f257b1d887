/* Prefill: 512 tokens of a 110-million network in one pass, as a share of the single-precision
 * matrix rate measured in the same round, beside PyTorch's forward pass of the same network
 * (bench/peers/prefill.py); and what memory it takes beside the weights.
 *
 * FLOP = 2 N tokens + 2 L d T^2: N the entries of the layers' maps; the second term is causal
 * attention, half of the T^2 products q.k and w v. The decoder is read for the last token alone. */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "bench/sgemm.h"
#include "sim/model/inference/inference.h"

enum { TOKENS = 512 };

static const struct llama_shape shape = {768, 2048, 12, 12, 12, 32000, 1024};

static double flop(void) {
    const struct llama_shape *s = &shape;
    double kv = (double)(s->width / s->heads * s->kv_heads), d = (double)s->width;
    double layer = d * (2 * d + 2 * kv + 3 * (double)s->hidden);
    return 2 * (double)s->layers * layer * TOKENS + 2 * (double)s->layers * d * TOKENS * TOKENS +
           2 * d * (double)s->vocabulary;
}

static double prefill(struct attndyn_context *ctx, struct attndyn_inference *s,
                      const uint32_t *tokens, attndyn_logits_fn *each) {
    const struct attndyn_segment g = {0, tokens, TOKENS, TOKENS - 1};
    attndyn_inference_reset(s, 0);
    double start = cpu_seconds();
    BENCH_OK(ctx, attndyn_inference_feed(ctx, s, &g, 1, each, NULL));
    return cpu_seconds() - start;
}

static enum attndyn_status pass(void *user, size_t segment, size_t index, const float *logits) {
    (void)user, (void)segment, (void)index, (void)logits;
    return ATTNDYN_OK;
}

int main(void) {
    int rounds = rounds_asked(5);
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer peer;
    if (!ctx) return EXIT_FAILURE;
    float *room = sgemm_room(ctx);
    uint32_t tokens[TOKENS];
    uint64_t state = 1;
    for (size_t i = 0; i < TOKENS; i++)
        tokens[i] = (uint32_t)(attndyn_splitmix_next(&state) % shape.vocabulary);
    peer_start(&peer, "bench/peers/prefill.py");
    printf("Prefill of %d tokens, 110M (d 768, 12 layers), OpenBLAS kernels %s, medians of %d "
           "rounds; peer: %s\n",
           TOKENS, attndyn_blas_core(), rounds, peer.run ? peer.about : peer.why);
    static const char *const kinds[] = {"F32", "BF16"};
    for (int k = 0; k < 2; k++) {
        const struct attndyn_weights *w = random_llama(ctx, &shape, k ? LLAMA_BF16 : LLAMA_F32);
        struct attndyn_inference *s;
        double ours[ROUNDS_MOST], share[ROUNDS_MOST], ratio[ROUNDS_MOST];
        size_t asked = 0, cache, scratch, own;
        BENCH_OK(ctx, attndyn_inference_create(ctx, w, &(struct attndyn_inference_options){0}, &s));
        attndyn_inference_memory(s, &cache, &scratch, &own);
        for (int r = 0; r < rounds; r++) {
            double rate = sgemm_rate(room), numbers[1];
            ours[r] = prefill(ctx, s, tokens, pass);
            share[r] = flop() / ours[r] / rate;
            if (k == 0 && peer_ask(&peer, numbers, 1, "%zu %zu %zu %zu %d", shape.layers,
                                   shape.width, shape.heads, shape.hidden, TOKENS) == 1)
                ratio[asked++] = numbers[0] / ours[r];
        }
        double part = median((size_t)rounds, share), second = median((size_t)rounds, ours);
        printf(
            "  %-4s %7.0f tokens/s   %5.1f GFLOP/s   %3.0f %% of sgemm at %d^3 (target 70 %%, %s)",
            kinds[k], TOKENS / second, flop() / second / 1e9, 100 * part, SGEMM_SIDE,
            part >= 0.7 ? "met" : "missed");
        if (asked)
            printf("; PyTorch: %.2f times its time (target at least 1, %s)", median(asked, ratio),
                   median(asked, ratio) >= 1 ? "met" : "missed");
        size_t layer = 4 * shape.width * (4 * shape.width + 3 * shape.hidden);
        printf(
            "\n       beside the weights: %.1f MB of cache (context %zu), %.1f MB of scratch; one "
            "layer in single precision is %.1f MB\n",
            (double)cache / 1e6, shape.context, (double)scratch / 1e6, (double)layer / 1e6);
        fflush(stdout);
    }
    peer_stop(&peer);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
