#include "inference_private.h"

#include "../../base/random.h"

#include <stdint.h>
#include <string.h>

enum {
    BLOCK = 512, /* rows at most, where the caller does not say; at least half of them */
    WEIGHT_NUMBERS = 1 << 20,  /* about so many of them */
    LOGIT_NUMBERS = 1 << 20,   /* held at a time, about */
    TURNED_POSITIONS = 1 << 14 /* whose angles a table has, at most */
};

/* ------------------------------------------------------------------ making one */

/* Numbers at a multiple of 64 bytes, counted as scratch. */
static enum attndyn_status take(struct attndyn_context *ctx, struct attndyn_inference *s,
                                size_t count, attndyn_real **to) {
    const size_t line = 64 / sizeof **to;
    attndyn_real *block;
    ATTNDYN_ALLOC(ctx, block, count + line);
    uintptr_t off = (uintptr_t)block % 64;
    *to = off ? block + (64 - off) / sizeof **to : block;
    s->scratch_bytes += (count + line) * sizeof **to;
    return ATTNDYN_OK;
}

static enum attndyn_status make_maps(struct attndyn_context *ctx, struct attndyn_inference *s,
                                     bool bytes) {
    const struct attndyn_weights *w = s->weights;
    ATTNDYN_ALLOC(ctx, s->maps, w->blocks);
    for (size_t b = 0; b < w->blocks; b++) {
        const struct attndyn_weights_block *k = &w->block[b];
        struct infer_block *to = &s->maps[b];
        const struct {
            const struct attndyn_weights_linear *from;
            struct infer_map *map;
        } pairs[] = {{&k->query, &to->query},   {&k->key, &to->key},   {&k->value, &to->value},
                     {&k->output, &to->output}, {&k->gate, &to->gate}, {&k->up, &to->up},
                     {&k->down, &to->down}};
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            ATTNDYN_TRY(attndyn_infer_map_prepare(ctx, s, pairs[i].from, bytes, pairs[i].map));
    }
    const struct attndyn_weights_linear in = {.weight = w->project_in},
                                        out = {.weight = w->project_out};
    ATTNDYN_TRY(attndyn_infer_map_prepare(ctx, s, &in, bytes, &s->project_in));
    ATTNDYN_TRY(attndyn_infer_map_prepare(ctx, s, &out, bytes, &s->project_out));
    return attndyn_infer_map_prepare(ctx, s, &w->decoder, bytes, &s->decoder);
}

static enum attndyn_status make_lists(struct attndyn_context *ctx, struct attndyn_inference *s) {
    const struct attndyn_transformer_config *c = s->config;
    size_t count = s->streams * c->layers * c->kv_heads;
    size_t room = infer_list_room(s->slots, s->policy->evicts), numbers = c->head_width * room;
    if (numbers > SIZE_MAX / 64 / count)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "inference: a cache of %zu slots is too large",
                            s->slots);
    attndyn_real *all;
    uint64_t *positions;
    double *scores;
    ATTNDYN_ALLOC(ctx, s->list, count);
    ATTNDYN_ALLOC(ctx, all, count * numbers * 2);
    ATTNDYN_ALLOC(ctx, positions, count * room);
    ATTNDYN_ALLOC(ctx, scores, count * room);
    s->cache_bytes =
        count * (numbers * 2 * sizeof *all + room * (sizeof *positions + sizeof *scores));
    for (size_t i = 0; i < count; i++)
        s->list[i] = (struct infer_list){.room = room,
                                         .width = c->head_width,
                                         .key = all + 2 * i * numbers,
                                         .value = all + (2 * i + 1) * numbers,
                                         .position = positions + i * room,
                                         .score = scores + i * room};
    return ATTNDYN_OK;
}

static size_t clamp(size_t x, size_t low, size_t high) {
    return x < low ? low : x > high ? high : x;
}

static size_t lines(size_t numbers) {
    return (numbers + 15) / 16 * 16;
}

static enum attndyn_status make_scratch(struct attndyn_context *ctx, struct attndyn_inference *s) {
    const struct attndyn_transformer_config *c = s->config;
    size_t R = s->block, d = c->width, h = c->mlp == ATTNDYN_MLP_NONE ? 0 : c->hidden;
    size_t e = c->embedding_width, room = s->masked ? s->capacity : s->list[0].room;
    /* Logits share the room of the layers' rows, which are no longer needed by then. */
    const size_t qkv = lines(R * infer_qkv_width(c)), context = lines(R * c->heads * c->head_width);
    const size_t up = lines(R * h), own = qkv + context + 2 * up;
    size_t logits = own > LOGIT_NUMBERS ? own : LOGIT_NUMBERS;
    s->head_rows = clamp(logits / c->outputs, R < 8 ? R : 8, R < 64 ? R : 64);
    logits = s->head_rows * c->outputs;
    s->queries = s->masked ? 1 : clamp(WEIGHT_NUMBERS / room, 4, INFER_QUERIES);
    s->weights_each = s->queries * room;
    s->band_each = s->queries * s->cache.sinks;
    ATTNDYN_ALLOC(ctx, s->piece, s->streams);
    ATTNDYN_ALLOC(ctx, s->token, R);
    ATTNDYN_ALLOC(ctx, s->place, R);
    ATTNDYN_ALLOC(ctx, s->wanted, R);
    ATTNDYN_ALLOC(ctx, s->starts, s->policy->start ? R * c->kv_heads : 0);
    ATTNDYN_ALLOC(ctx, s->row_turns, s->half ? R : 0);
    const bool sinks_apart = s->half && infer_by_rank(s) && s->policy->run && s->cache.sinks;
    const struct {
        size_t count;
        attndyn_real **to;
    } arrays[] = {
        {R * d, &s->x},
        {R * d, &s->normed},
        {R * d, &s->mid},
        {logits > own ? logits : own, &s->logits},
        {c->mlp == ATTNDYN_MLP_SWIGLU ? R * h : 0, &s->gate},
        {R * 2, &s->stats},
        {R * s->half * 2, &s->angles},
        {s->threads * s->widened_each, &s->widened},
        {s->threads * s->weights_each, &s->attention},
        {s->policy->look ? s->threads * s->weights_each : 0, &s->sums},
        {s->half ? s->threads * c->head_width * room : 0, &s->turned_keys},
        {sinks_apart && !s->masked ? s->threads * s->band_each : 0, &s->band},
        {e != d ? R * e : 0, &s->narrow},
        {sinks_apart ? R * c->heads * c->head_width : 0, &s->sink_query},
    };
    if (s->masked) {
        ATTNDYN_ALLOC(ctx, s->mask_score, s->threads * s->capacity);
        ATTNDYN_ALLOC(ctx, s->mask_kept, s->threads * s->capacity);
        s->scratch_bytes += s->threads * s->capacity * (sizeof *s->mask_score + 1);
    }
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (arrays[i].count) ATTNDYN_TRY(take(ctx, s, arrays[i].count, arrays[i].to));
    s->qkv = s->logits;
    s->context = s->qkv + qkv;
    s->up = s->context + context;
    s->hidden = s->up + up;
    return ATTNDYN_OK;
}

static enum attndyn_status check(struct attndyn_context *ctx, const struct attndyn_inference *s) {
    const struct attndyn_transformer_config *c = s->config;
    if (!c->causal)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: a network whose tokens see later ones cannot be run token "
                            "by token: expected a causal one");
    if (s->cache.policy == ATTNDYN_CACHE_RECOMPUTATION)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: recomputation keeps no cache: evaluate with it, or feed "
                            "each window anew");
    if (s->streams > 4096 || s->capacity > (size_t)1 << 40 || s->block > (size_t)1 << 20)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: %zu streams of %zu tokens in blocks of %zu: expected at "
                            "most 4096 streams, and blocks of at most 1048576",
                            s->streams, s->capacity, s->block);
    return ATTNDYN_OK;
}

/* As many rows as make no more numbers than a layer has weights. */
static size_t block_for(const struct attndyn_transformer_config *c) {
    size_t gates = c->mlp == ATTNDYN_MLP_SWIGLU, h = c->mlp == ATTNDYN_MLP_NONE ? 0 : c->hidden;
    size_t qkv = infer_qkv_width(c), q = c->heads * c->head_width;
    size_t row = 3 * c->width + qkv + q + (2 + gates) * h;
    size_t layer = (qkv + q + (2 + gates) * h) * c->width;
    return clamp(layer / row / 64 * 64, BLOCK / 2, BLOCK);
}

enum attndyn_status attndyn_inference_create(struct attndyn_context *ctx,
                                             const struct attndyn_weights *weights,
                                             const struct attndyn_inference_options *options,
                                             struct attndyn_inference **inference) {
    struct attndyn_inference *s;
    const struct attndyn_transformer_config *c = &weights->config;
    ATTNDYN_ALLOC(ctx, s, 1);
    s->weights = weights;
    s->config = c;
    s->cache = options->cache;
    ATTNDYN_TRY(attndyn_cache_resolve(ctx, &s->cache));
    s->policy = attndyn_infer_policy(s->cache.policy);
    s->gemv = attndyn_gemv_best();
    s->masked = options->masked;
    s->streams = options->streams ? options->streams : 1;
    s->capacity = options->capacity ? options->capacity : c->context;
    s->slots = s->policy->evicts ? s->cache.slots : s->capacity;
    s->block = options->block ? options->block : block_for(c);
    if (!s->policy->evicts) s->block = clamp(s->block, 1, s->capacity * s->streams);
    if (s->masked) s->block = s->capacity;
    s->threads = (size_t)attndyn_threads(ctx);
    ATTNDYN_TRY(check(ctx, s));
    ATTNDYN_TRY(make_maps(ctx, s, options->bytes));
    ATTNDYN_ALLOC(ctx, s->fed, s->streams);
    size_t known = s->masked ? s->capacity : clamp(s->capacity, 1, TURNED_POSITIONS);
    if (!s->masked && s->policy->evicts && infer_by_rank(s)) known = 0;
    ATTNDYN_TRY(attndyn_infer_turns_create(ctx, s, known, infer_by_rank(s) ? s->slots : 0));
    if (!s->masked) ATTNDYN_TRY(make_lists(ctx, s));
    ATTNDYN_TRY(make_scratch(ctx, s));
    for (size_t b = 0; b < s->streams; b++) attndyn_inference_reset(s, b);
    *inference = s;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ streams */

void attndyn_inference_reset(struct attndyn_inference *s, size_t stream) {
    size_t each = s->config->layers * s->config->kv_heads;
    s->fed[stream] = 0;
    for (size_t i = 0; s->list && i < each; i++) {
        struct infer_list *list = &s->list[stream * each + i];
        list->first = list->count = 0;
        list->random = attndyn_random_derive(s->cache.seed, "cache", stream * each + i);
    }
}

enum attndyn_status attndyn_inference_rewind(struct attndyn_context *ctx,
                                             struct attndyn_inference *s, size_t stream,
                                             size_t length) {
    size_t each = s->config->layers * s->config->kv_heads;
    if (s->policy->evicts || s->masked)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: only a dense cache goes back to an earlier token; this one "
                            "is %s",
                            s->masked ? "masked" : s->policy->name);
    if (length > s->fed[stream])
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: back to token %zu of a stream of %zu tokens", length,
                            (size_t)s->fed[stream]);
    s->fed[stream] = length;
    for (size_t i = 0; i < each; i++) s->list[stream * each + i].count = length;
    return ATTNDYN_OK;
}

void attndyn_inference_copy(struct attndyn_inference *s, size_t from, size_t to) {
    size_t each = s->config->layers * s->config->kv_heads;
    if (from == to) return;
    s->fed[to] = s->fed[from];
    for (size_t i = 0; s->list && i < each; i++)
        attndyn_infer_list_copy(&s->list[from * each + i], &s->list[to * each + i]);
}

uint64_t attndyn_inference_fed(const struct attndyn_inference *s, size_t stream) {
    return s->fed[stream];
}

const uint64_t *attndyn_inference_kept(const struct attndyn_inference *s, size_t stream,
                                       size_t layer, size_t kv_head, size_t *count) {
    *count = 0;
    if (!s->list) return NULL;
    const struct infer_list *list = infer_list_of(s, stream, layer, kv_head);
    *count = list->count;
    return infer_list_positions(list);
}

void attndyn_inference_memory(const struct attndyn_inference *s, size_t *cache, size_t *scratch,
                              size_t *weights) {
    *cache = s->cache_bytes;
    *scratch = s->scratch_bytes;
    *weights = s->weight_bytes;
}

struct attndyn_inference_counts attndyn_inference_work(const struct attndyn_inference *s) {
    struct attndyn_inference_counts work = s->counts;
    size_t lists = s->list ? s->streams * s->config->layers * s->config->kv_heads : 0;
    for (size_t i = 0; i < lists; i++) {
        work.pairs += s->list[i].pairs;
        work.read += s->list[i].read;
        work.turned += s->list[i].turned;
    }
    return work;
}

const struct attndyn_weights *attndyn_inference_weights(const struct attndyn_inference *s) {
    return s->weights;
}

void attndyn_inference_watch(struct attndyn_inference *s,
                             const struct attndyn_inference_hooks *hooks) {
    s->hooks = hooks ? *hooks : (struct attndyn_inference_hooks){0};
}

/* ------------------------------------------------------------------ feeding */

/* The place in the model's positions of a stream's token t: the rank that its own key has. */
static uint64_t place_of(const struct attndyn_inference *s, uint64_t t) {
    return s->policy->evicts && infer_by_rank(s) && t >= s->slots ? s->slots - 1 : t;
}

static enum attndyn_status check_segment(struct attndyn_context *ctx,
                                         const struct attndyn_inference *s,
                                         const struct attndyn_segment *g) {
    const struct attndyn_transformer_config *c = s->config;
    if (g->stream >= s->streams)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "inference: stream %zu of %zu", g->stream,
                            s->streams);
    for (size_t i = 0; i < g->count; i++)
        if (g->tokens[i] >= c->vocabulary)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "inference: token %u, number %zu of the text, is beyond the "
                                "network's vocabulary of %zu: take the tokenizer that belongs to "
                                "it",
                                (unsigned)g->tokens[i], i, c->vocabulary);
    uint64_t end = s->fed[g->stream] + g->count;
    if (s->cache.policy == ATTNDYN_CACHE_ORACLE && end > s->cache.length)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: %zu tokens, the attention to come is known for %zu",
                            (size_t)end, s->cache.length);
    if ((!s->policy->evicts || s->masked) && end > s->capacity)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: %zu tokens for a cache of %zu: take fewer, or a policy "
                            "that lets keys leave",
                            (size_t)end, s->capacity);
    if (s->masked && s->fed[g->stream])
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: a masked stream is fed once, whole: reset it first");
    if (c->position == ATTNDYN_POSITION_LEARNED && g->count && place_of(s, end - 1) >= c->context)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "inference: token %zu has no position: this network has learned "
                            "%zu of them; take fewer tokens, or positions by rank (cache) in at "
                            "most %zu slots",
                            (size_t)(end - 1), c->context, c->context);
    return ATTNDYN_OK;
}

/* What is fed and where: a place in the segments. */
struct feed {
    const struct attndyn_segment *segments;
    size_t count, segment, index; /* the next token */
    attndyn_logits_fn *each;
    void *user;
};

/* Fills the block at hand from the next tokens. */
static void fill(struct attndyn_inference *s, struct feed *f) {
    s->rows = s->pieces = 0;
    while (f->segment < f->count && s->rows < s->block) {
        const struct attndyn_segment *g = &f->segments[f->segment];
        size_t left = g->count - f->index, fit = s->block - s->rows, n = left < fit ? left : fit;
        if (n > 0)
            s->piece[s->pieces++] = (struct infer_piece){g->stream, s->rows, n, s->fed[g->stream]};
        for (size_t i = 0; i < n; i++) {
            s->token[s->rows] = g->tokens[f->index + i];
            s->place[s->rows] = place_of(s, s->fed[g->stream] + i);
            s->wanted[s->rows++] = f->each && f->index + i >= g->logits_from;
        }
        s->fed[g->stream] += n;
        s->counts.tokens += n;
        f->index += n;
        if (f->index < g->count) return; /* the block is full */
        f->segment++;
        f->index = 0;
    }
}

/* The logits of the block's rows that are wanted, to the caller. `segment`, `index`: of row 0. */
static enum attndyn_status give(struct attndyn_inference *s, const struct feed *f, size_t segment,
                                size_t index) {
    size_t outputs = s->config->outputs, picked[64], n = 0, most = s->head_rows;
    struct {
        size_t segment, index;
    } where[64];
    for (size_t r = 0; r < s->rows; r++) {
        while (index == f->segments[segment].count) segment++, index = 0;
        if (s->wanted[r]) {
            where[n].segment = segment, where[n].index = index;
            picked[n++] = r;
        }
        index++;
        if (n == 0 || (n < most && r + 1 < s->rows)) continue;
        attndyn_infer_head(s, picked, n);
        s->counts.logits += n;
        for (size_t i = 0; i < n; i++)
            ATTNDYN_TRY(
                f->each(f->user, where[i].segment, where[i].index, s->logits + i * outputs));
        n = 0;
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_inference_feed(struct attndyn_context *ctx, struct attndyn_inference *s,
                                           const struct attndyn_segment *segments, size_t count,
                                           attndyn_logits_fn *each, void *user) {
    for (size_t i = 0; i < count; i++) {
        ATTNDYN_TRY(check_segment(ctx, s, &segments[i]));
        for (size_t k = 0; k < i; k++)
            if (segments[k].stream == segments[i].stream)
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "inference: stream %zu is fed twice in one call",
                                    segments[i].stream);
    }
    struct feed f = {segments, count, 0, 0, each, user};
    for (;;) {
        size_t segment = f.segment, index = f.index;
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        fill(s, &f);
        if (s->rows == 0) return ATTNDYN_OK;
        attndyn_infer_forward(s);
        ATTNDYN_TRY(give(s, &f, segment, index));
    }
}
