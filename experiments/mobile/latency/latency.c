/* What a token costs in memory traffic when blocks are shared: a cache that forgets the least
 * recently used, simulated access by access, against stack distances; and the time that follows
 * from two bandwidths. A model: no clock is read (measured.c has one). */
#include "latency.h"

#include <string.h>

/* Tokens that are simulated: the last meets what those before left in the cache. */
enum { TOKENS = 3 };

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

/* Memory as MobileLLM's introduction names it; for a phone's caches there is one parameter. */
static const struct {
    const char *name;
    double memory;
} phones[] = {{"iPhone 15", 6}, {"Pixel 8 Pro", 12}};

static enum attndyn_status of_phones(const struct trial *run, const struct latency *p, double block,
                                     double decoder) {
    for (size_t k = 0; k < sizeof phones / sizeof *phones; k++)
        for (size_t scheme = 0; scheme < SCHEMES; scheme++) {
            struct order order;
            double memory, read = 0, weights = 0;
            ATTNDYN_TRY(order_of(run, p, scheme, block, decoder, &order));
            ATTNDYN_TRY(simulate(run, &order, 1e6 * p->phone_cache, &memory));
            for (size_t i = 0; i < order.count; i++) read += order.size[order.piece[i]];
            for (size_t i = 0; i < order.different; i++) weights += order.size[i];
            ATTNDYN_TRY(EMIT(
                run, devices, .device = phones[k].name, .memory = phones[k].memory,
                .cache = p->phone_cache, .scheme = scheme_names[scheme], .weights = 1e-6 * weights,
                .share = 1e-9 * weights / phones[k].memory, .from_memory = 1e-6 * memory,
                .time = 1e-6 * (memory / p->memory_rate + (read - memory) / p->cache_rate)));
        }
    return ATTNDYN_OK;
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
            ATTNDYN_TRY(EMIT(run, traffic, .cache = p->caches.at[c], .scheme = scheme_names[scheme],
                             .read = 1e-6 * read, .memory = 1e-6 * memory,
                             .distance = 1e-6 * by_distance(&order, cache), .time = time[scheme]));
        }
        if (cache < block || cache >= (double)p->blocks * block || cache < ratio_cache) continue;
        ratio = time[IMMEDIATE] / time[DEEP];
        ratio_cache = cache;
    }
    double last_cache = NAN;
    ATTNDYN_TRY(of_phones(run, p, block, decoder));
    if (p->rounds > 0) ATTNDYN_TRY(latency_measure(run, p, &last_cache));
    return SET(run, summary, .block = 1e-6 * block, .decoder = 1e-6 * decoder,
               .shared_over_deep = ratio, .slide = 16.0 / 29.0,
               .slide_rates = (double)(p->times - 1) * (double)p->blocks * block /
                              ((double)p->blocks * block + decoder) / (16.0 / 15.6 - 1),
               .last_cache = last_cache);
}

const struct experiment experiment_mobile_latency = {
    .id = "mobile/latency",
    .title =
        "A token when blocks are shared: memory traffic by a model, and load, init, execute measured",
    .source = "MobileLLM (arXiv 2402.14905), section 3.1; the talk's latencies",
    .doc =
        "Decoding reads every weight for every token. A cache that forgets the least recently used "
        "is simulated block by block for L blocks, for the same blocks used `times` in a row "
        "(immediate), all over (repeat) and back (reverse), and for as many different ones (deep); "
        "beside it, what follows from stack distances. Time is bytes over two bandwidths. This is a "
        "model on paper: arithmetic is free, a block is either in the cache or not. Two phones of "
        "MobileLLM's introduction stand in it.\n\n"
        "With a clock (rounds > 0) this machine decodes random networks in the talk's format, load, "
        "init and execute: one inside the last cache, which is measured, one of blocks that fit it and "
        "together do not, and the shape that is given. A verdict is given only where the L blocks are "
        "larger than twice that cache and one is not half of it; elsewhere sharing shows no gain, and "
        "the check says why.",
    .presets =
        (const struct preset[]){
            {"quick", "", "MobileLLM-125M: an instant"},
            {"350M", "blocks=32 width=960 hidden=2560 heads=15 kv_heads=5", "MobileLLM-350M"},
            {"short", "rounds=9",
             "MobileLLM-125M and two sizes inside and beyond the cache, timed: half a minute"},
            {"paper", "blocks=32 width=960 hidden=2560 heads=15 kv_heads=5 rounds=49",
             "MobileLLM-350M, timed: minutes"},
            {0}},
    .tables = TABLES(traffic, devices, slide, rates),
    .figures =
        (const struct figure[]){{"traffic", "mobile/latency/latency.gp",
                                 "Weights that a token reads from memory, against the size "
                                 "of the last cache. Immediate sharing parts from the others "
                                 "where the cache holds one block, and meets them again "
                                 "where it holds all."},
                                {"roofline", "mobile/latency/roofline.gp",
                                 "Time of a token against the weights that it reads. Lines: the "
                                 "two rates. Points: the model at each cache, or, with a clock, "
                                 "this machine's networks."},
                                {0}},
    PARTS_OF(latency, summary)};
