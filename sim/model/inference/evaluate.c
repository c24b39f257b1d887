#include "evaluate.h"

#include "../transformer/pointwise_private.h"

#include <math.h>
#include <string.h>

enum attndyn_status attndyn_logits_nll(struct attndyn_context *ctx, size_t outputs,
                                       const attndyn_real *logits, uint32_t target,
                                       attndyn_real *room, double *nll) {
    double max, at = (double)logits[target];
    memcpy(room, logits, outputs * sizeof *room);
    double sum = attndyn_net_softmax(outputs, room, outputs, -INFINITY, &max);
    *nll = log(sum) + max - at;
    if (isfinite(*nll)) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "the network's outputs are no finite numbers: a weight is none (a "
                        "training that diverged?), or they are too large for their precision");
}

uint32_t attndyn_logits_best(size_t outputs, const attndyn_real *logits) {
    size_t best = 0;
    for (size_t j = 1; j < outputs; j++)
        if (logits[j] > logits[best]) best = j;
    return (uint32_t)best;
}

/* Where the logits of a feeding go: segment k's token i belongs to position first[k] + i. */
struct sink {
    struct attndyn_context *ctx;
    const uint32_t *tokens;
    size_t outputs;
    const size_t *first;
    attndyn_real *room;
    double *nll;
    uint32_t *best;
};

static enum attndyn_status take(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    const struct sink *s = user;
    size_t t = s->first[segment] + index;
    if (s->nll)
        ATTNDYN_TRY(
            attndyn_logits_nll(s->ctx, s->outputs, logits, s->tokens[t + 1], s->room, &s->nll[t]));
    if (s->best) s->best[t] = attndyn_logits_best(s->outputs, logits);
    return ATTNDYN_OK;
}

static struct attndyn_inference_options options_of(const struct attndyn_evaluation *e,
                                                   size_t capacity) {
    return (struct attndyn_inference_options){.capacity = capacity,
                                              .block = e->block,
                                              .cache = e->cache,
                                              .masked = e->masked,
                                              .bytes = e->bytes};
}

static enum attndyn_status counted(const struct attndyn_evaluation *e,
                                   const struct attndyn_inference *inference) {
    if (e->counts) *e->counts = attndyn_inference_work(inference);
    return ATTNDYN_OK;
}

/* One pass over all. */
static enum attndyn_status whole(struct attndyn_context *ctx, const struct attndyn_weights *weights,
                                 const struct attndyn_evaluation *e, struct sink *sink, size_t n) {
    struct attndyn_inference *inference;
    const struct attndyn_inference_options options = options_of(e, n - 1);
    const struct attndyn_segment segment = {0, sink->tokens, n - 1, 0};
    const size_t first = 0;
    sink->first = &first;
    ATTNDYN_TRY(attndyn_inference_create(ctx, weights, &options, &inference));
    attndyn_inference_watch(inference, e->hooks);
    ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, &segment, 1, take, sink));
    return counted(e, inference);
}

static enum attndyn_status in_windows(struct attndyn_context *ctx,
                                      const struct attndyn_weights *weights,
                                      const struct attndyn_evaluation *e, struct sink *sink,
                                      size_t n) {
    struct attndyn_inference *inference;
    size_t window = e->window < n - 1 ? e->window : n - 1, stride = e->stride ? e->stride : window;
    const struct attndyn_inference_options options = options_of(e, window);
    ATTNDYN_TRY(attndyn_inference_create(ctx, weights, &options, &inference));
    attndyn_inference_watch(inference, e->hooks);
    size_t done = 0; /* positions below have their number */
    for (size_t b = 0; done < n - 1; b += stride) {
        size_t end = b + window < n - 1 ? b + window : n - 1;
        const struct attndyn_segment segment = {0, sink->tokens + b, end - b, done - b};
        sink->first = &b;
        attndyn_inference_reset(inference, 0);
        ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, &segment, 1, take, sink));
        attndyn_progress(ctx, "windows", (double)end, (double)(n - 1));
        done = end;
    }
    return counted(e, inference);
}

/* ------------------------------------------------------------------ recomputation */

/* The passes of positions [t, t + count), each a stream of its own: x_{t - slots + 1 ..}, whose
 * first token is the one to restart with, where there is one. */
static enum attndyn_status passes(struct attndyn_context *ctx, struct attndyn_inference *inference,
                                  const struct attndyn_evaluation *e, struct sink *sink, size_t t,
                                  size_t count, uint32_t *room, struct attndyn_segment *segments,
                                  size_t *first) {
    size_t slots = e->cache.slots;
    for (size_t k = 0; k < count; k++) {
        uint32_t *pass = room + k * slots;
        memcpy(pass, sink->tokens + t + k + 1 - slots, slots * sizeof *pass);
        if (e->restart) pass[0] = e->restart_token;
        segments[k] = (struct attndyn_segment){k, pass, slots, slots - 1};
        first[k] = t + k + 1 - slots; /* so that the pass's last token is at t + k */
        attndyn_inference_reset(inference, k);
    }
    sink->first = first;
    return attndyn_inference_feed(ctx, inference, segments, count, take, sink);
}

/* The passes that begin with the text: prefixes of one. */
static enum attndyn_status beginning(struct attndyn_context *ctx,
                                     struct attndyn_inference *inference,
                                     const struct attndyn_evaluation *e, struct sink *sink,
                                     size_t n, uint32_t *room, size_t *done) {
    size_t slots = e->cache.slots;
    bool front = e->restart && sink->tokens[0] != e->restart_token;
    size_t fed = n - 1 + front < slots ? n - 1 + front : slots; /* of the pass */
    if (front) room[0] = e->restart_token;
    memcpy(room + front, sink->tokens, (fed - front) * sizeof *room);
    const size_t first = front ? (size_t)-1 : 0; /* the pass's token i is at position i - front */
    const struct attndyn_segment segment = {0, room, fed, front};
    sink->first = &first;
    *done = fed - front;
    return attndyn_inference_feed(ctx, inference, &segment, 1, take, sink);
}

static enum attndyn_status anew(struct attndyn_context *ctx, const struct attndyn_weights *weights,
                                const struct attndyn_evaluation *e, struct sink *sink, size_t n) {
    size_t slots = e->cache.slots, streams = 1 + 512 / slots, done;
    struct attndyn_inference_options options = options_of(e, slots);
    struct attndyn_inference *inference;
    struct attndyn_segment *segments;
    uint32_t *room;
    size_t *first;
    options.streams = streams;
    options.cache = (struct attndyn_cache){.policy = ATTNDYN_CACHE_DENSE};
    if (e->masked)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "recomputation has no masked route: it is dense anew for each position");
    if (e->restart && slots < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "recomputation: a token in front of every pass leaves no room in 1 "
                            "slot: expected at least 2");
    ATTNDYN_TRY(attndyn_inference_create(ctx, weights, &options, &inference));
    attndyn_inference_watch(inference, e->hooks);
    ATTNDYN_ALLOC(ctx, room, streams * slots);
    ATTNDYN_ALLOC(ctx, segments, streams);
    ATTNDYN_ALLOC(ctx, first, streams);
    ATTNDYN_TRY(beginning(ctx, inference, e, sink, n, room, &done));
    for (size_t t = done; t < n - 1; t += streams) {
        size_t count = n - 1 - t < streams ? n - 1 - t : streams;
        ATTNDYN_TRY(passes(ctx, inference, e, sink, t, count, room, segments, first));
        attndyn_progress(ctx, "positions", (double)(t + count), (double)(n - 1));
    }
    return counted(e, inference);
}

/* ------------------------------------------------------------------ all of it */

static enum attndyn_status check(struct attndyn_context *ctx, const struct attndyn_weights *weights,
                                 const struct attndyn_evaluation *e, size_t n) {
    const struct attndyn_transformer_config *c = &weights->config;
    if (n < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a text of %zu tokens: expected at least 2, one to read and one to "
                            "predict",
                            n);
    if (c->outputs != c->vocabulary)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a network of %zu outputs and %zu tokens does not predict tokens",
                            c->outputs, c->vocabulary);
    if (e->window == 0 && e->stride > 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "stride = %zu needs a window", e->stride);
    if (e->window > 0 && e->cache.policy != ATTNDYN_CACHE_DENSE)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "windows are passes of their own: they have no other cache than dense");
    if (e->stride > e->window)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "stride = %zu leaves tokens out between windows of %zu: expected at "
                            "most that",
                            e->stride, e->window);
    size_t pass = e->window && e->window < n - 1 ? e->window : n - 1;
    if (e->bounded && pass > c->context) {
        char *windows = attndyn_format(ctx, ", or score by window=%zu stride=%zu", c->context,
                                       c->context > 1 ? c->context / 2 : 1);
        if (!windows) return ATTNDYN_NO_MEMORY;
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu tokens to be fed, the network's context has %zu: take limit=%zu "
                            "tokens at most%s",
                            pass, c->context, c->context + 1, e->offers ? windows : "");
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_evaluate(struct attndyn_context *ctx,
                                     const struct attndyn_weights *weights,
                                     const struct attndyn_evaluation *evaluation,
                                     const uint32_t *tokens, size_t n, double *nll,
                                     uint32_t *best) {
    struct attndyn_evaluation e = *evaluation;
    struct sink sink = {ctx, tokens, weights->config.outputs, NULL, NULL, nll, best};
    ATTNDYN_TRY(attndyn_cache_resolve(ctx, &e.cache));
    ATTNDYN_TRY(check(ctx, weights, &e, n));
    for (size_t t = 0; t < n; t++) /* targets too, of which the last is not fed */
        if (tokens[t] >= weights->config.vocabulary)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "token %u, number %zu of the text, is beyond the network's "
                                "vocabulary of %zu: take the tokenizer that belongs to it",
                                (unsigned)tokens[t], t, weights->config.vocabulary);
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_ALLOC(ctx, sink.room, sink.outputs);
    enum attndyn_status status = e.cache.policy == ATTNDYN_CACHE_RECOMPUTATION
                                     ? anew(ctx, weights, &e, &sink, n)
                                 : e.window ? in_windows(ctx, weights, &e, &sink, n)
                                            : whole(ctx, weights, &e, &sink, n);
    attndyn_memory_release(ctx, mark);
    return status;
}
