/* What a token costs in memory traffic when blocks are shared: a cache that forgets the least
 * recently used, simulated access by access, against stack distances; and the time that follows
 * from two bandwidths. A model: no clock is read (bench/decode has one). */
#include "experiments/frame/contract/typed.h"

#include <string.h>

#define LATENCY(X)                                                                                 \
    X(INT, blocks, "30", "L, different blocks", IN(1, 1000))                                       \
    X(INT, times, "2", "uses of each block, where they are shared", IN(2, 8))                      \
    X(INT, width, "576", "d; the defaults are MobileLLM-125M's", IN(1, 65536))                     \
    X(INT, hidden, "1536", "units of the gated MLP", IN(1, 1048576))                               \
    X(INT, heads, "9", "attention heads", IN(1, 1024))                                             \
    X(INT, kv_heads, "3", "key and value heads", IN(1, 1024))                                      \
    X(INT, vocabulary, "32000", "V; the decoder is the embedding", IN(1, 10000000))                \
    X(REAL, bytes, "2", "of a weight", IN(0.1, 8))                                                 \
    X(REALS, caches, "1,4,8,16,32,64,128,256,512,1024", "sizes of the last cache, MB",             \
      IN(1e-3, 1e9))                                                                               \
    X(REAL, memory_rate, "28", "of memory; one core of the machine of the notes", IN(1e-3, 1e6),   \
      .unit = "GB/s")                                                                              \
    X(REAL, cache_rate, "100", "of the cache", IN(1e-3, 1e6), .unit = "GB/s")
PARAMS(latency, LATENCY)
#define PARAMETERS latency

#define TRAFFIC(X)                                                                                 \
    X(REAL, cache, "size of the last cache", .unit = "MB")                                         \
    X(TEXT, scheme,                                                                                \
      "unique: L blocks once; immediate, repeat, reverse: L blocks `times`; deep: L `times` "      \
      "different ones")                                                                            \
    X(REAL, read, "weights that a token's products read", .unit = "MB")                            \
    X(REAL, memory, "of them from memory, the cache simulated", .unit = "MB")                      \
    X(REAL, distance, "the same from stack distances", .unit = "MB")                               \
    X(REAL, time, "of a token: both at their rates", .unit = "ms")
TABLE(traffic, TRAFFIC)

#define SUMMARY(X)                                                                                 \
    X(REAL, block, "weights of a block", .unit = "MB")                                             \
    X(REAL, decoder, "of the decoder", .unit = "MB")                                               \
    X(OPTIONAL, shared_over_deep,                                                                  \
      "time of immediate sharing over that of different blocks, at the largest cache which holds " \
      "a block and not the L of them; empty: none does")                                           \
    X(REAL, slide, "the talk's: 16.0 ms over 29.0 ms")                                             \
    X(REAL, slide_rates,                                                                           \
      "cache over memory rate at which immediate sharing costs the talk's 16.0 ms over 15.6 ms")
SCALARS(summary, SUMMARY)

static const char *const schemes[] = {"unique", "immediate", "repeat", "reverse", "deep"};
enum { UNIQUE, IMMEDIATE, REPEAT, REVERSE, DEEP, SCHEMES, TOKENS = 3 };

/* What a token reads, in order: piece k of `count`, sizes in bytes. Pieces are whole blocks, and
 * the decoder: within one everything is read once. */
struct order {
    size_t *piece, count, different;
    const double *size; /* (different) */
};

static size_t block_at(size_t scheme, size_t depth, size_t blocks, size_t times) {
    size_t turn = depth / blocks, at = depth % blocks;
    switch (scheme) {
    case IMMEDIATE:
        return depth / times;
    case REVERSE:
        return turn % 2 ? blocks - 1 - at : at;
    case DEEP:
        return depth;
    default:
        return at;
    }
}

static enum attndyn_status order_of(const struct trial *run, const struct latency *p, size_t scheme,
                                    double block, double decoder, struct order *order) {
    size_t blocks = (size_t)p->blocks, times = scheme == UNIQUE ? 1 : (size_t)p->times;
    size_t depth = blocks * times;
    double *size;
    order->different = (scheme == DEEP ? depth : blocks) + 1;
    order->count = depth + 1;
    ATTNDYN_ALLOC(run->ctx, order->piece, order->count);
    ATTNDYN_ALLOC(run->ctx, size, order->different);
    for (size_t k = 0; k < order->different; k++)
        size[k] = k + 1 < order->different ? block : decoder;
    for (size_t l = 0; l < depth; l++) order->piece[l] = block_at(scheme, l, blocks, times);
    order->piece[depth] = order->different - 1;
    order->size = size;
    return ATTNDYN_OK;
}

/* A list of pieces, the most recently used first, cut where it no longer fits. *missed: bytes of
 * the last token's pieces that were not in it. */
static enum attndyn_status simulate(const struct trial *run, const struct order *o, double cache,
                                    double *missed) {
    size_t *held, n = 0;
    ATTNDYN_ALLOC(run->ctx, held, o->different + 1);
    for (size_t token = 0; token < TOKENS; token++) {
        *missed = 0;
        for (size_t k = 0; k < o->count; k++) {
            size_t piece = o->piece[k], at = 0;
            while (at < n && held[at] != piece) at++;
            if (at == n) {
                *missed += o->size[piece];
                n++;
            }
            memmove(held + 1, held, at * sizeof *held);
            held[0] = piece;
            double used = 0;
            size_t fits = 0;
            while (fits < n && used + o->size[held[fits]] <= cache) used += o->size[held[fits++]];
            n = fits;
        }
    }
    attndyn_free(run->ctx, held);
    return ATTNDYN_OK;
}

/* A piece comes from memory unless what was read since its last use, itself included, fits. */
static double by_distance(const struct order *o, double cache) {
    double missed = 0;
    for (size_t k = 0; k < o->count; k++) {
        double distance = o->size[o->piece[k]];
        for (size_t back = 1; back <= o->count; back++) { /* the token before reads the same */
            size_t at = (k + o->count - back) % o->count, again = 1;
            if (o->piece[at] == o->piece[k]) break;
            for (; again < back; again++)
                if (o->piece[(k + o->count - again) % o->count] == o->piece[at]) break;
            if (again == back) distance += o->size[o->piece[at]];
        }
        if (distance > cache) missed += o->size[o->piece[k]];
    }
    return missed;
}

RUN(latency) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, caches));
    if (p->width % p->heads || p->heads % p->kv_heads)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "width=%ld must be a multiple of heads=%ld, and that of kv_heads=%ld",
                            p->width, p->heads, p->kv_heads);
    double d = (double)p->width, kv = d / (double)p->heads * (double)p->kv_heads;
    double block = p->bytes * (2 * d * d + 2 * d * kv + 3 * d * (double)p->hidden + 2 * d);
    double decoder = p->bytes * d * (double)p->vocabulary, ratio = NAN, ratio_cache = 0;
    for (size_t c = 0; c < p->caches.count; c++) {
        double cache = 1e6 * p->caches.at[c], time[SCHEMES];
        for (size_t scheme = 0; scheme < SCHEMES; scheme++) {
            struct order order;
            double memory, read = 0;
            ATTNDYN_TRY(order_of(run, p, scheme, block, decoder, &order));
            ATTNDYN_TRY(simulate(run, &order, cache, &memory));
            for (size_t k = 0; k < order.count; k++) read += order.size[order.piece[k]];
            time[scheme] = 1e-6 * (memory / p->memory_rate + (read - memory) / p->cache_rate);
            ATTNDYN_TRY(EMIT(run, traffic, .cache = p->caches.at[c], .scheme = schemes[scheme],
                             .read = 1e-6 * read, .memory = 1e-6 * memory,
                             .distance = 1e-6 * by_distance(&order, cache), .time = time[scheme]));
        }
        if (cache < block || cache >= (double)p->blocks * block || cache < ratio_cache) continue;
        ratio = time[IMMEDIATE] / time[DEEP];
        ratio_cache = cache;
    }
    return SET(run, summary, .block = 1e-6 * block, .decoder = 1e-6 * decoder,
               .shared_over_deep = ratio, .slide = 16.0 / 29.0,
               .slide_rates = (double)(p->times - 1) * (double)p->blocks * block /
                              ((double)p->blocks * block + decoder) / (16.0 / 15.6 - 1));
}

CLAIM(lru, "MOBILE.traffic-by-distance", DERIVED,
      "What a least-recently-used cache lets through is what stack distances say, to the byte, for "
      "every scheme and size.",
      "a traffic differs") {
    double off = 0;
    EACH_ROW (run, traffic, r) worst(&off, (r->memory - r->distance) / r->read);
    return verdict_at_most(v, off, 1e-12, "largest difference over the bytes read, %zu cases",
                           ROWS(run, traffic));
}

static double memory_of(const struct trial *run, double cache, const char *scheme) {
    EACH_ROW (run, traffic, r)
        if (r->cache == cache && strcmp(r->scheme, scheme) == 0) return r->memory;
    return NAN;
}

CLAIM(immediate, "MOBILE.immediate-reuse", PAPER("MobileLLM (arXiv 2402.14905)", "section 3.1"),
      "Where the cache holds a block and not all of them, blocks that are used several times in a "
      "row cost the memory traffic of one use; repeated all over, that of every use.",
      "immediate sharing reads more than the unshared network from memory, or repeat less than "
      "the deep one") {
    double off = 0;
    size_t cases = 0;
    struct summary s = summary_of(run);
    for (size_t c = 0; c < p->caches.count; c++) {
        double cache = p->caches.at[c];
        if (cache < s.block || cache >= (double)p->blocks * s.block) continue;
        worst(&off, memory_of(run, cache, "immediate") / memory_of(run, cache, "unique") - 1);
        worst(&off, memory_of(run, cache, "repeat") / memory_of(run, cache, "deep") - 1);
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds a block and not all of them");
    return verdict_at_most(v, off, 1e-12, "%zu caches between %.3g and %.3g MB", cases, s.block,
                           (double)p->blocks * s.block);
}

CLAIM(nothing_won, "MOBILE.cached-nothing-won", DERIVED,
      "Where the cache holds the whole network, sharing saves no memory traffic: there is none to "
      "save, and every scheme of the same depth takes the same time.",
      "schemes of one depth differ where all of their weights fit") {
    double off = 0;
    size_t cases = 0;
    struct summary s = summary_of(run);
    double all = (double)(p->blocks * p->times) * s.block + s.decoder;
    for (size_t c = 0; c < p->caches.count; c++) {
        if (p->caches.at[c] < all) continue;
        for (size_t scheme = 0; scheme < SCHEMES; scheme++)
            worst(&off, memory_of(run, p->caches.at[c], schemes[scheme]));
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds %.4g MB", all);
    return verdict_at_most(v, off, 0, "MB from memory, %zu caches of %.4g MB and more", cases, all);
}

CLAIM(
    excess, "MOBILE.immediate-excess", DERIVED,
    "Immediate sharing takes longer than the unshared network by what the later uses of its blocks "
    "cost at the cache's rate, and by nothing else; for the talk's 16.0 ms against 15.6 ms the "
    "cache would have to be some thirty times as fast as memory.",
    "the excess of a time is another") {
    struct summary s = summary_of(run);
    double off = 0, blocks = (double)p->blocks * s.block;
    double expected =
        (double)(p->times - 1) * blocks / p->cache_rate / ((blocks + s.decoder) / p->memory_rate);
    size_t cases = 0;
    for (size_t c = 0; c < p->caches.count; c++) {
        double cache = p->caches.at[c], time[2] = {0};
        if (cache < s.block || cache >= blocks) continue;
        EACH_ROW (run, traffic, r) {
            if (r->cache != cache) continue;
            if (strcmp(r->scheme, "unique") == 0) time[0] = r->time;
            if (strcmp(r->scheme, "immediate") == 0) time[1] = r->time;
        }
        worst(&off, time[1] / time[0] - 1 - expected);
        cases++;
    }
    if (cases == 0) return verdict_skip(v, "no cache holds a block and not all of them");
    return verdict_at_most(v, off, 1e-12,
                           "excess %.3f of the unshared time at these rates; rates of the slide: "
                           "%.3g to one",
                           expected, s.slide_rates);
}

static const struct check *const claims[] = {&lru, &immediate, &nothing_won, &excess, NULL};

const struct experiment experiment_mobile_latency = {
    .id = "mobile/latency",
    .title = "Memory traffic of a token when blocks are shared: a model",
    .source = "MobileLLM (arXiv 2402.14905), section 3.1; the talk's latencies",
    .doc =
        "Decoding reads every weight for every token. A cache that forgets the least recently used "
        "is simulated block by block for L blocks, for the same blocks used `times` in a row "
        "(immediate), all over (repeat) and back (reverse), and for as many different ones (deep); "
        "beside it, what follows from stack distances. Time is bytes over two bandwidths. This is a "
        "model on paper: no clock is read, arithmetic is free, a block is either in the cache or "
        "not. bench/decode times real products.",
    .params = PARAM_LIST(LATENCY),
    .presets =
        (const struct preset[]){
            {"quick", "", "MobileLLM-125M: an instant"},
            {"350M", "blocks=32 width=960 hidden=2560 heads=15 kv_heads=5", "MobileLLM-350M"},
            {0}},
    .tables =
        (const struct table[]){TABLE_ENTRY(traffic, TRAFFIC, "every scheme at every cache"), {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures =
        (const struct figure[]){{"traffic", "mobile/latency/latency.gp",
                                 "Weights that a token reads from memory, against the size "
                                 "of the last cache. Immediate sharing parts from the others "
                                 "where the cache holds one block, and meets them again "
                                 "where it holds all."},
                                {0}},
    .checks = claims,
    .run = RUN_OF(latency)};
