/* Every policy that can be said in a few words, with both kinds of positions. */
#include "subject.h"

static const enum attndyn_cache_policy policies[] = {ATTNDYN_CACHE_WINDOW, ATTNDYN_CACHE_STREAMING,
                                                     ATTNDYN_CACHE_H2O,    ATTNDYN_CACHE_LEAST,
                                                     ATTNDYN_CACHE_TOVA,   ATTNDYN_CACHE_KEYNORM};
static const size_t networks[] = {0, 1, 2,
                                  6}; /* halves, learned, neighbours with a window, ALiBi */

/* Keys beyond the window are there, but not seen: sinks at their places in the stream. */
static void with_a_window(struct attndyn_transformer_config *c) {
    plain_variants[2].set(c);
    c->window = 12;
}

static struct attndyn_cache cache_of(const struct decoding *p, enum attndyn_cache_policy policy,
                                     bool ranks) {
    struct attndyn_cache cache = {.policy = policy, .slots = (size_t)p->slots};
    bool sums = policy == ATTNDYN_CACHE_H2O || policy == ATTNDYN_CACHE_LEAST;
    cache.positions = ranks ? ATTNDYN_CACHE_RANKS : ATTNDYN_CACHE_ORIGINAL;
    if (policy == ATTNDYN_CACHE_STREAMING) cache.sinks = 2;
    if (sums) cache.recent = cache.slots / 3, cache.heavy = cache.slots - cache.recent;
    return cache;
}

/* Keys of the end that one side has and the other has not. */
static long differing(const struct attndyn_inference *inference, const struct subject *s,
                      const bool *kept) {
    const struct attndyn_transformer_config *c = &s->plain->config;
    long off = 0;
    for (size_t l = 0; l < c->layers; l++)
        for (size_t g = 0; g < c->kv_heads; g++) {
            size_t count, expected = 0, common = 0;
            const uint64_t *there = attndyn_inference_kept(inference, 0, l, g, &count);
            const bool *here = kept + (l * c->kv_heads + g) * s->length;
            for (size_t j = 0; j < s->length; j++) expected += here[j];
            for (size_t i = 0; i < count; i++) common += there[i] < s->length && here[there[i]];
            off += (long)(count + expected - 2 * common);
        }
    return off;
}

static enum attndyn_status look(const struct trial *run, const struct subject *s,
                                const struct attndyn_cache *cache, const double *dense) {
    static const char *const ways[] = {"token by token", "whole", "under masks"};
    const struct attndyn_transformer_config *c = &s->plain->config;
    size_t n = s->length * s->outputs;
    struct subject_sink sink = {NULL, s->outputs, 0, 0};
    double *expected;
    bool *kept;
    ATTNDYN_ALLOC(run->ctx, kept, c->layers * c->kv_heads * s->length);
    ATTNDYN_ALLOC(run->ctx, sink.to, n);
    ATTNDYN_TRY(subject_plain(run->ctx, s, cache, kept, s->tokens, s->length, &expected));
    for (size_t w = 0; w < 3; w++) {
        const struct attndyn_inference_options options = {
            .capacity = s->length, .cache = *cache, .masked = w == 2};
        struct attndyn_inference *inference;
        ATTNDYN_TRY(attndyn_inference_create(run->ctx, s->weights, &options, &inference));
        ATTNDYN_TRY(subject_feed(run->ctx, inference, s->tokens, 0, s->length,
                                 w == 0 ? 1 : s->length, &sink));
        ATTNDYN_TRY(EMIT(
            run, caches, .network = s->name, .policy = attndyn_cache_policy_name(cache->policy),
            .positions = cache->positions == ATTNDYN_CACHE_RANKS ? "cache" : "original",
            .way = ways[w], .logits = worst_apart(n, sink.to, expected),
            .kept = w == 2 ? 0 : differing(inference, s, kept),
            .moved = worst_apart(n, expected, dense)));
    }
    return ATTNDYN_OK;
}

enum attndyn_status decoding_caches(const struct trial *run, const struct decoding *p) {
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct plain_variant variant = plain_variants[networks[i]];
        uint64_t mark = attndyn_memory_mark(run->ctx);
        struct subject s;
        double *dense;
        if (networks[i] == 2) variant.set = with_a_window;
        ATTNDYN_TRY(subject_create(run, p, &variant, &s));
        ATTNDYN_TRY(subject_plain(run->ctx, &s, NULL, NULL, s.tokens, s.length, &dense));
        for (size_t k = 0; k < sizeof policies / sizeof *policies; k++)
            for (int ranks = 0; ranks < 2; ranks++) {
                const struct attndyn_cache cache = cache_of(p, policies[k], ranks);
                ATTNDYN_TRY(look(run, &s, &cache, dense));
            }
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
