#include "streaming.h"

#include "experiments/cache/shared/pairs.h"
#include "experiments/cache/shared/task.h"
#include "experiments/shared/clock.h"
#include "experiments/shared/paired.h"
#include "sim/model/inference/evaluate.h"
#include "sim/num/stats.h"

#include <string.h>

/* A network and the streams that it is evaluated on. */
struct subject {
    const struct streaming *p;
    struct network network;
    const char *trained;
    long seed;
    size_t streams, length, skip, slots;
    uint32_t *tokens; /* (streams, length) */
};

/* One way to keep keys, and the losses under it. */
struct scheme {
    const char *name;
    struct attndyn_evaluation how;
    double *nll;    /* (streams, length - 1) */
    double *mean;   /* (streams): over positions from `skip` on */
    double seconds; /* CPU time of all streams */
};

static enum attndyn_status evaluate(const struct trial *run, const struct subject *s,
                                    struct scheme *scheme) {
    const size_t n = s->length - 1;
    ATTNDYN_ALLOC(run->ctx, scheme->nll, s->streams * n);
    ATTNDYN_ALLOC(run->ctx, scheme->mean, s->streams);
    const double begun = clock_seconds();
    for (size_t i = 0; i < s->streams; i++) {
        double *nll = scheme->nll + i * n, sum = 0;
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(attndyn_evaluate(run->ctx, s->network.weights, &scheme->how,
                                     s->tokens + i * s->length, s->length, nll, NULL));
        attndyn_memory_release(run->ctx, mark);
        for (size_t t = s->skip; t < n; t++) sum += nll[t];
        scheme->mean[i] = sum / (double)(n - s->skip);
        attndyn_progress(run->ctx, scheme->name, (double)(i + 1), (double)s->streams);
    }
    scheme->seconds = clock_seconds() - begun;
    return ATTNDYN_OK;
}

static double mean_of(const struct subject *s, const struct scheme *a) {
    double sum = 0;
    for (size_t i = 0; i < s->streams; i++) sum += a->mean[i];
    return sum / (double)s->streams;
}

/* Keys that the query at position t sees. */
static double keys_at(const struct scheme *a, size_t t) {
    const size_t slots = a->how.cache.policy == ATTNDYN_CACHE_DENSE ? t + 1 : a->how.cache.slots;
    return (double)(t + 1 < slots ? t + 1 : slots);
}

static enum attndyn_status emit_scheme(const struct trial *run, const struct subject *s,
                                       const struct scheme *a, const struct scheme *streaming) {
    const size_t n = s->length - 1;
    const bool fresh = a->how.cache.policy == ATTNDYN_CACHE_RECOMPUTATION;
    const double per_key = 2. * (double)s->network.recipe.width * (double)s->network.recipe.layers;
    const struct paired excess = paired_of(s->streams, a->mean, streaming->mean);
    double keys = 0, operations = 0;
    for (size_t t = s->skip; t < n; t++) {
        const double k = keys_at(a, t);
        keys += k;
        /* a fresh pass has all the queries of its k tokens */
        operations += per_key * (fresh ? k * (k + 1) / 2 : k);
    }
    const double nll = mean_of(s, a), count = (double)(n - s->skip);
    return EMIT(run, schemes, .seed = s->seed, .trained = s->trained, .scheme = a->name,
                .slots = (long)a->how.cache.slots, .sinks = (long)a->how.cache.sinks, .nll = nll,
                .perplexity = exp(nll), .excess = excess.mean, .error = excess.error,
                .keys = keys / count, .operations = operations / count,
                .microseconds = s->p->clock ? 1e6 * a->seconds / (double)(s->streams * n) : NAN);
}

/* Four bins for each training length. */
static enum attndyn_status emit_course(const struct trial *run, const struct subject *s,
                                       const struct scheme *a) {
    const size_t n = s->length - 1, T = s->network.recipe.length, bin = T >= 4 ? T / 4 : 1;
    for (size_t from = 0; from + bin <= n; from += bin) {
        double sum = 0;
        for (size_t i = 0; i < s->streams; i++)
            for (size_t t = from; t < from + bin; t++) sum += a->nll[i * n + t];
        ATTNDYN_TRY(EMIT(run, course, .seed = s->seed, .scheme = a->name,
                         .position = ((double)from + 0.5 * (double)bin) / (double)T,
                         .nll = sum / (double)(bin * s->streams)));
    }
    return ATTNDYN_OK;
}

static struct attndyn_cache keeping(enum attndyn_cache_policy policy, size_t slots, size_t sinks) {
    return (struct attndyn_cache){
        .policy = policy, .slots = slots, .sinks = sinks, .positions = ATTNDYN_CACHE_RANKS};
}

static double largest_difference(const struct subject *s, const struct scheme *a,
                                 const struct scheme *b, bool relative) {
    double most = 0;
    for (size_t i = 0; i < s->streams * (s->length - 1); i++)
        worst(&most, (a->nll[i] - b->nll[i]) / (relative ? fmax(1, fabs(b->nll[i])) : 1));
    return most;
}

/* What must be equal, whatever was learnt: on two short streams. */
static enum attndyn_status exact(const struct trial *run, const struct subject *whole) {
    struct subject s = *whole;
    s.streams = 2;
    const size_t slots = s.slots;
    struct scheme dense = {.name = "dense"},
                  roomy = {.name = "roomy",
                           .how.cache = keeping(ATTNDYN_CACHE_STREAMING, s.length, 1)},
                  window = {.name = "window", .how.cache = keeping(ATTNDYN_CACHE_WINDOW, slots, 0)},
                  none = {.name = "no sinks",
                          .how.cache = keeping(ATTNDYN_CACHE_STREAMING, slots, 0)},
                  list = {.name = "list", .how.cache = keeping(ATTNDYN_CACHE_STREAMING, slots, 4)},
                  masked = list, blocks = list;
    list.how.block = 1;
    masked.how.masked = true;
    struct scheme *all[] = {&dense, &roomy, &window, &none, &list, &masked, &blocks};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) ATTNDYN_TRY(evaluate(run, &s, all[i]));
    return EMIT(run, exact, .seed = s.seed,
                .no_eviction = largest_difference(&s, &roomy, &dense, false),
                .no_sinks = largest_difference(&s, &none, &window, false),
                .routes = largest_difference(&s, &masked, &list, true),
                .blocks = largest_difference(&s, &blocks, &list, true));
}

static enum attndyn_status drift(const struct trial *run, const struct subject *whole) {
    struct subject s = *whole;
    const size_t T = s.network.recipe.length, parts = 8;
    s.length = (size_t)s.p->long_contexts * T + 1;
    s.skip = T;
    ATTNDYN_TRY(network_streams(run, &s.network, s.streams, s.length, &s.tokens));
    struct scheme streaming = {.name = "streaming",
                               .how.cache = keeping(ATTNDYN_CACHE_STREAMING, s.slots, 4)};
    ATTNDYN_TRY(evaluate(run, &s, &streaming));
    const size_t n = s.length - 1, part = (n - s.skip) / parts;
    for (size_t k = 0; k < parts; k++) {
        struct sample sample = {0};
        for (size_t i = 0; i < s.streams; i++) {
            double one = 0;
            for (size_t t = 0; t < part; t++)
                one += streaming.nll[i * n + s.skip + k * part + t] / (double)part;
            sample_add(&sample, one);
        }
        const struct paired mean = sample_mean(&sample);
        ATTNDYN_TRY(EMIT(run, drift, .seed = s.seed, .from = (long)(s.skip + k * part),
                         .nll = mean.mean, .error = mean.error));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status compare(const struct trial *run, const struct subject *s, bool control) {
    const struct streaming *p = s->p;
    const size_t slots = s->slots;
    struct scheme streaming = {.name = "streaming",
                               .how.cache = keeping(ATTNDYN_CACHE_STREAMING, slots, 4)};
    struct scheme dense = {.name = "dense"},
                  window = {.name = "window", .how.cache = keeping(ATTNDYN_CACHE_WINDOW, slots, 0)},
                  fresh = {.name = "recomputation",
                           .how = {.cache = keeping(ATTNDYN_CACHE_RECOMPUTATION, slots, 0),
                                   .restart = true,
                                   .restart_token = NETWORK_BOS}},
                  plain = {.name = "recomputation-plain",
                           .how.cache = keeping(ATTNDYN_CACHE_RECOMPUTATION, slots, 0)};
    struct scheme *all[] = {&streaming, &dense, &window, &fresh, &plain};
    const size_t count = !p->recomputation ? 3 : control ? 3 : 5;
    for (size_t i = 0; i < count; i++) {
        ATTNDYN_TRY(evaluate(run, s, all[i]));
        ATTNDYN_TRY(emit_scheme(run, s, all[i], &streaming));
        if (!control) ATTNDYN_TRY(emit_course(run, s, all[i]));
    }
    for (size_t k = 0; k < p->sinks.count; k++) {
        const size_t sinks = (size_t)p->sinks.at[k];
        if (sinks >= slots) continue;
        struct scheme kept = {.name = "sinks",
                              .how.cache = keeping(ATTNDYN_CACHE_STREAMING, slots, sinks)};
        ATTNDYN_TRY(evaluate(run, s, &kept));
        const struct paired excess = paired_of(s->streams, kept.mean, streaming.mean);
        ATTNDYN_TRY(EMIT(run, sinks, .seed = s->seed, .trained = s->trained, .sinks = (long)sinks,
                         .nll = mean_of(s, &kept), .excess = excess.mean, .error = excess.error));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status of_network(const struct trial *run, const void *user,
                                      const struct member *m) {
    const struct streaming *p = user;
    const size_t T = m->network.recipe.length;
    struct subject s = {.p = p,
                        .network = m->network,
                        .seed = m->seed,
                        .trained = m->trained,
                        .slots = p->slots ? (size_t)p->slots : T,
                        .streams = (size_t)p->streams,
                        .skip = (size_t)p->skip * T,
                        .length = (size_t)p->contexts * T + 1};
    ATTNDYN_TRY(network_streams(run, &s.network, s.streams, s.length, &s.tokens));
    ATTNDYN_TRY(compare(run, &s, m->control));
    if (m->control) return ATTNDYN_OK;
    ATTNDYN_TRY(exact(run, &s));
    return p->long_contexts ? drift(run, &s) : ATTNDYN_OK;
}

RUN(streaming) {
    if (p->seeds.count == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "seeds is empty: expected seeds=1,2,...");
    if (p->skip >= p->contexts)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "skip=%ld leaves nothing of streams of contexts=%ld: take less",
                            p->skip, p->contexts);
    if (p->slots > 0 && p->slots < 6)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "slots=%ld: expected at least 6, for StreamingLLM's four sinks and a "
                            "window (0: the training length)",
                            p->slots);
    return pairs_run(run, &p->seeds, p->control, of_network, p);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, nll, "loss of the whole cache", MEAN_OF(schemes, nll),                             \
      AMONG(schemes, scheme, "dense"))                                                             \
    X(OPTIONAL, excess_most, "the largest excess of a scheme over it",                             \
      LARGEST_OF(schemes, excess))                                                                 \
    X(OPTIONAL, drift_end, "loss on the last stretch of long contexts", LAST_OF(drift, nll))
SCALARS(taken, TAKEN)

const struct experiment experiment_cache_streaming = {
    .id = "cache/streaming",
    .title = "Streams longer than the training length: dense, window, re-computation, sinks",
    .source = "the talk; StreamingLLM (arXiv 2309.17453), figures 1 and 3, tables 1 to 3",
    .doc =
        "A small byte-level language model is trained on sequences of T tokens that begin with BOS, and "
        "then reads streams of many T. Dense attention meets distances that it never saw; a window of "
        "`slots` keys loses BOS as soon as that leaves; re-computation runs the last `slots` tokens afresh "
        "for every token (BOS put in front, or not); StreamingLLM keeps the first four keys beside the "
        "newest. A key's position is its rank in the cache, the query's own key counts among the slots.\n\n"
        "The control is the same network trained without BOS, on windows that begin anywhere: it has no "
        "sink and does not fail without one. What is seen here is small against the published networks "
        "(a window costs some hundredths of a nat): the sign and the cure reproduce, the size does not.",
    .presets =
        (const struct preset[]){
            {"quick", "slots=12 streams=16 long_contexts=32",
             "one small network and its control, twelve slots, streams of 8 training lengths"},
            {"short",
             "seeds=1,2 layers=3 width=48 length=48 updates=800 slots=24 streams=24 clock=true long_contexts=64",
             "two networks of 0.1 million weights and their controls: some minutes"},
            {"paper",
             "seeds=1,2,3 layers=6 width=192 heads=6 length=256 updates=12000 lr=1e-3 lines=40000 streams=24 "
             "contexts=32 long_contexts=64",
             "three networks of 2.7 million weights: some ten hours"},
            {0}},
    .tables = TABLES(schemes, sinks, course, drift, exact),
    .figures =
        (const struct figure[]){
            {"streaming", "cache/streaming/streaming.gp",
             "Loss along the stream: dense attention fails behind the training length, a window loses where BOS has "
             "left it; re-computation with BOS and the window with four sinks go on. Right: the excess of the "
             "loss over that of four sinks against the number of sinks kept, for networks trained with BOS and "
             "for their controls without (error bars: two standard errors over streams)."},
            {"panels", "cache/streaming/panels.gp",
             "The slide's four panels: the loss against the position under each scheme (the dotted line is the "
             "training length), and the table: perplexity behind the first contexts, keys and multiply-adds of "
             "attention a token, and CPU time where clock=true. Published networks have a factor 1.5 to 1000 where "
             "this one has some hundredths of a nat: compare the order, not the size."},
            {0}},
    PARTS_OF(streaming, taken)};
