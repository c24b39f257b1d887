#include "cost.h"

#include "experiments/shared/clock.h"
#include "sim/base/random.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/transformer/transformer.h"

struct subject {
    const struct trial *run;
    const struct cost *p;
    const struct attndyn_weights *weights;
    struct attndyn_cost_shape shape;
    const uint32_t *tokens;
    double *nll, numbers; /* numbers: of the matrices */
};

static const struct scheme {
    const char *name;
    enum attndyn_cache_policy policy;
    size_t sinks;
    enum attndyn_cost_scheme cost;
} schemes[] = {{"dense", ATTNDYN_CACHE_DENSE, 0, ATTNDYN_COST_DENSE},
               {"window", ATTNDYN_CACHE_WINDOW, 0, ATTNDYN_COST_SLOTS},
               {"streaming", ATTNDYN_CACHE_STREAMING, 4, ATTNDYN_COST_SLOTS},
               {"recomputation", ATTNDYN_CACHE_RECOMPUTATION, 0, ATTNDYN_COST_RECOMPUTATION}};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static struct attndyn_cache keeping(const struct scheme *scheme, size_t slots) {
    return (struct attndyn_cache){.policy = scheme->policy,
                                  .slots = slots,
                                  .sinks = scheme->sinks,
                                  .positions = ATTNDYN_CACHE_RANKS};
}

/* Feeds n tokens; CPU seconds, of this process. */
static enum attndyn_status feed(const struct subject *s, const struct scheme *scheme, size_t slots,
                                size_t n, struct attndyn_inference_counts *counts,
                                double *seconds) {
    const struct attndyn_evaluation e = {.cache = keeping(scheme, slots), .counts = counts};
    const double from = clock_seconds();
    ATTNDYN_TRY(attndyn_evaluate(s->run->ctx, s->weights, &e, s->tokens, n + 1, s->nll, NULL));
    *seconds = clock_seconds() - from;
    return ATTNDYN_OK;
}

/* An independent count: the lengths of the lists after each token, all of whose keys every query
 * head sees. */
static enum attndyn_status by_lists(const struct subject *s, const struct scheme *scheme,
                                    size_t slots, size_t n, double *pairs) {
    struct attndyn_context *ctx = s->run->ctx;
    struct attndyn_inference *inference;
    const struct attndyn_cost_shape *shape = &s->shape;
    const struct attndyn_inference_options options = {.capacity = n,
                                                      .cache = keeping(scheme, slots)};
    *pairs = 0;
    if (scheme->cost == ATTNDYN_COST_RECOMPUTATION) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_inference_create(ctx, s->weights, &options, &inference));
    for (size_t t = 0; t < n; t++) {
        const struct attndyn_segment one = {0, s->tokens + t, 1, 1};
        ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, &one, 1, NULL, NULL));
        for (size_t l = 0; l < shape->layers; l++)
            for (size_t g = 0; g < shape->kv_heads; g++) {
                size_t count;
                attndyn_inference_kept(inference, 0, l, g, &count);
                *pairs += (double)(count * (shape->heads / shape->kv_heads));
            }
    }
    return ATTNDYN_OK;
}

static enum attndyn_status measure(const struct subject *s, const struct scheme *scheme,
                                   size_t slots) {
    const struct attndyn_cost_shape *shape = &s->shape;
    const size_t n = (size_t)s->p->length - 1, half = n / 2;
    const double later = (double)(n - half), per_pair = 2. * (double)shape->head_width;
    const uint64_t each = shape->layers * shape->heads;
    struct attndyn_inference_counts whole, first;
    double all, before, kept;
    const uint64_t mark = attndyn_memory_mark(s->run->ctx);
    ATTNDYN_TRY(feed(s, scheme, slots, half, &first, &before));
    ATTNDYN_TRY(feed(s, scheme, slots, n, &whole, &all));
    ATTNDYN_TRY(by_lists(s, scheme, slots, n, &kept));
    attndyn_memory_release(s->run->ctx, mark);
    const double pairs = (double)(whole.pairs - first.pairs) / later,
                 tokens = (double)(whole.tokens - first.tokens) / later,
                 logits = (double)(whole.logits - first.logits) / later,
                 read = (double)(whole.read - first.read) / later;
    const double maps = tokens * (double)attndyn_cost_maps(shape),
                 head = logits * (double)attndyn_cost_logits(shape);
    const uint64_t theory = attndyn_cost_pairs_sum(scheme->cost, slots, n) -
                            attndyn_cost_pairs_sum(scheme->cost, slots, half);
    ATTNDYN_TRY(
        EMIT(s->run, token_row, .scheme = scheme->name, .slots = (long)slots,
             .keys = pairs / (double)each / tokens, .attention = pairs * per_pair,
             .maps = maps + head, .theory = (double)attndyn_cost_attention(shape, theory) / later,
             .bytes = read * per_pair * 4,
             .weights = 4. * (double)(attndyn_cost_maps(shape) + attndyn_cost_logits(shape)),
             .turned = (double)(whole.turned - first.turned) / later,
             .microseconds = s->p->clock ? 1e6 * (all - before) / later : NAN));
    return EMIT(s->run, totals, .scheme = scheme->name, .slots = (long)slots,
                .counted = (double)whole.pairs,
                .theory = (double)(each * attndyn_cost_pairs_sum(scheme->cost, slots, n)),
                .kept = kept);
}

/* Attention over maps of a token under a window of this many keys, counted at its last token. */
static enum attndyn_status share(const struct subject *s, size_t slots, double *ratio) {
    struct attndyn_inference_counts one, more;
    double seconds;
    ATTNDYN_TRY(feed(s, &schemes[1], slots, slots, &one, &seconds));
    ATTNDYN_TRY(feed(s, &schemes[1], slots, slots + 1, &more, &seconds));
    *ratio = 2. * (double)(s->shape.head_width * (more.pairs - one.pairs)) /
             (double)(attndyn_cost_maps(&s->shape) + attndyn_cost_logits(&s->shape));
    return ATTNDYN_OK;
}

static enum attndyn_status cross(const struct subject *s) {
    for (size_t i = 0; i <= ATTNDYN_COST_SHAPES; i++) {
        const struct attndyn_cost_shape *shape = i ? &attndyn_cost_shapes[i - 1] : &s->shape;
        const double at = attndyn_cost_crossing(shape);
        double below = NAN, above = NAN;
        if (i == 0 && at >= 1 && floor(at) + 3 <= (double)s->p->length) {
            ATTNDYN_TRY(share(s, (size_t)at, &below));
            ATTNDYN_TRY(share(s, (size_t)at + 1, &above));
        }
        ATTNDYN_TRY(EMIT(s->run, crossing, .network = shape->name,
                         .maps = (double)(attndyn_cost_maps(shape) + attndyn_cost_logits(shape)),
                         .counted = i ? NAN : s->numbers,
                         .per_key = (double)attndyn_cost_attention(shape, 1), .slots = at,
                         .below = below, .above = above));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status prepare(const struct trial *run, const struct cost *p,
                                   struct subject *s) {
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    uint32_t *tokens;
    size_t count;
    uint64_t state = attndyn_random_derive((uint64_t)p->seed, "tokens", 0);
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "llama", &c));
    c.vocabulary = (size_t)p->vocabulary;
    c.context = (size_t)p->length;
    c.layers = (size_t)p->layers;
    c.width = (size_t)p->width;
    c.heads = (size_t)p->heads;
    c.kv_heads = (size_t)p->kv_heads;
    c.hidden = (size_t)p->hidden;
    c.init = ATTNDYN_INIT_NORMAL;
    c.init_scale = 0.02;
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &c, 1, 1, &model));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, model, (uint64_t)p->seed));
    s->weights = attndyn_transformer_weights(model);
    const struct attndyn_parameter *q = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++) /* the embedding is the decoder, too */
        if (q[i].dimensions == 2) s->numbers += (double)attndyn_parameter_count(&q[i]);
    const struct attndyn_transformer_config *r = &s->weights->config;
    s->shape =
        (struct attndyn_cost_shape){"this",        r->layers, r->width,      r->heads, r->kv_heads,
                                    r->head_width, r->hidden, r->vocabulary, true};
    ATTNDYN_ALLOC(run->ctx, tokens, (size_t)p->length);
    ATTNDYN_ALLOC(run->ctx, s->nll, (size_t)p->length);
    for (long t = 0; t < p->length; t++)
        tokens[t] = (uint32_t)(attndyn_splitmix_next(&state) % (uint64_t)p->vocabulary);
    s->tokens = tokens;
    return ATTNDYN_OK;
}

RUN(cost) {
    struct subject s = {.run = run, .p = p};
    ATTNDYN_TRY(NOT_EMPTY(run, p, slots));
    for (size_t i = 0; i < p->slots.count; i++)
        if (2 * p->slots.at[i] + 1 > (double)p->length)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "slots=%g in a stream of length=%ld: expected at least %g tokens, "
                                "so that keys leave in its second half",
                                p->slots.at[i], p->length, 2 * p->slots.at[i] + 1);
    /* times are for one thread; counts do not depend on threads */
    attndyn_threads_allow(run->ctx, 1);
    ATTNDYN_TRY(prepare(run, p, &s));
    for (size_t k = 0; k < SCHEMES; k++)
        for (size_t i = 0; i < p->slots.count; i++) {
            ATTNDYN_TRY(measure(&s, &schemes[k], (size_t)p->slots.at[i]));
            attndyn_progress(run->ctx, schemes[k].name, (double)(i + 1), (double)p->slots.count);
        }
    return cross(&s);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, attention, "multiplications of attention a token, mean over schemes",              \
      MEAN_OF(token_row, attention))                                                               \
    X(OPTIONAL, keys, "keys that a token looks at, mean over schemes", MEAN_OF(token_row, keys))   \
    X(OPTIONAL, crossing, "slots where attention passes the maps, last network",                   \
      LAST_OF(crossing, slots))
SCALARS(taken, TAKEN)

const struct experiment experiment_cache_cost = {
    .id = "cache/cost",
    .title = "What a token costs: operations and bytes against the keys kept, counted",
    .source =
        "the talk, StreamingLLM (arXiv 2309.17453), figure 1: O(T^2), O(T L), O(T L^2), O(T L)",
    .doc =
        "A small network with drawn weights reads a stream; the engine counts the pairs of query and key that it "
        "works on, the keys and values that it looks at, and the tokens that pass its maps. Beside it the closed form "
        "of theory/cache/cost, and a third count from the sizes of the lists of kept keys. Over the second half of "
        "the stream a token's attention grows as the powers 0, 1, 1, 2 of L for dense, window, streaming and "
        "re-computation: L keys, or L (L + 1)/2 pairs. Re-computation also passes its maps L times a token; where a "
        "pass reads each weight once it reads no more bytes than the others.\n\n"
        "Crossing: the number of keys from which attention makes more multiply-adds than the maps and logits; below "
        "it a smaller cache saves memory, and little arithmetic. With clock=true CPU time stands beside the "
        "counts: it is information, and no check looks at it.",
    .presets =
        (const struct preset[]){
            {"quick", "", "L up to 64, counted: a second"},
            {"short",
             "slots=16,32,64,128,256 length=841 layers=4 width=128 heads=4 kv_heads=4 hidden=344 "
             "vocabulary=512 clock=true",
             "L up to 256, with the clock: half a minute"},
            {"paper",
             "slots=64,128,256,512,1024 length=2305 layers=12 width=768 heads=12 kv_heads=12 hidden=2048 "
             "vocabulary=32000 clock=true",
             "a network of 110 million weights, with the clock: some hours, nearly all of them re-computation"},
            {0}},
    .tables = TABLES(token_row, totals, crossing),
    .figures =
        (const struct figure[]){
            {"cost", "cache/cost/cost.gp",
             "Multiply-adds of a token's attention against the keys kept: counted (points), in closed form (lines), "
             "and those of its maps and logits for one pass (dashed) and for re-computation. Right: the keys from "
             "which attention makes more of them than maps and logits."},
            {0}},
    PARTS_OF(cost, taken)};
