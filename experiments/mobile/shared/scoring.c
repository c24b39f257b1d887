#include "scoring.h"

#include <string.h>

enum {
    ROWS = 1024, /* tokens that are read together, at most, where items are more than one */
    SLOTS = 4096 /* of all streams: their cache stays within a few hundred megabytes */
};

/* A text with its line ends: \n and \\ are what they say. */
static char *unescaped(struct attndyn_context *ctx, const char *text) {
    char *to = attndyn_strdup(ctx, text), *at = to;
    for (const char *from = text; to && *from; from++) {
        bool escape = from[0] == '\\' && (from[1] == 'n' || from[1] == '\\');
        *at++ = (char)(!escape ? *from : from[1] == 'n' ? '\n' : '\\');
        from += escape;
    }
    if (to) *at = '\0';
    return to;
}

/* context + suffix [+ " " + continuation], encoded; bare: the bare context in their place. */
static enum attndyn_status encode(const struct scoring *s, const struct attndyn_task_choice *c,
                                  bool bare, bool whole, struct attndyn_tokens *tokens) {
    struct attndyn_context *ctx = s->run->ctx;
    const char *context = bare ? s->prompts.bare : c->context.bytes;
    const char *suffix = bare ? "" : s->prompts.suffix;
    size_t behind = strlen(suffix), n = bare ? strlen(context) : c->context.length;
    char *text;
    *tokens = (struct attndyn_tokens){0};
    ATTNDYN_ALLOC(ctx, text, n + behind + c->continuation.length + 2);
    memcpy(text, context, n);
    memcpy(text + n, suffix, behind);
    n += behind;
    if (whole) {
        text[n++] = ' ';
        memcpy(text + n, c->continuation.bytes, c->continuation.length);
        n += c->continuation.length;
    }
    return attndyn_codec_encode(ctx, s->codec, text, n, ATTNDYN_BOS_AUTO, tokens);
}

/* The sequence of a choice; what is scored begins where it and the context alone part. */
static enum attndyn_status prepare(const struct scoring *s, const struct attndyn_task_choice *c,
                                   bool bare, struct attndyn_continuation *to) {
    struct attndyn_tokens alone, whole;
    size_t from = 0;
    ATTNDYN_TRY(encode(s, c, bare, false, &alone));
    ATTNDYN_TRY(encode(s, c, bare, true, &whole));
    while (from < alone.length && from < whole.length && alone.id[from] == whole.id[from]) from++;
    /* the first token of all has nothing that it could follow from */
    *to = (struct attndyn_continuation){
        .tokens = whole.id, .count = whole.length, .from = from > 0 ? from : 1};
    return ATTNDYN_OK;
}

/* An item's sequences. */
static enum attndyn_status prepare_item(const struct scoring *s,
                                        const struct attndyn_task_item *item, bool bare,
                                        struct attndyn_continuations *to) {
    to->count = item->choices;
    ATTNDYN_ALLOC(s->run->ctx, to->sequence, item->choices);
    for (size_t k = 0; k < item->choices; k++)
        ATTNDYN_TRY(prepare(s, &item->choice[k], bare, &to->sequence[k]));
    return ATTNDYN_OK;
}

/* Are the choices of an item scored behind the bare context, too? */
static bool has_bare(const struct scoring *s, const struct attndyn_task_item *item) {
    return *s->prompts.bare && item->choices > 1;
}

/* ------------------------------------------------------------------ what it costs */

/* Operations for each token that is read in a block, but for what it attends to. */
static double per_token(const struct attndyn_weights *w) {
    double numbers = 0;
    for (size_t l = 0; l < w->config.layers; l++) {
        const struct attndyn_weights_block *b = attndyn_weights_of_layer(w, l);
        const struct attndyn_weights_linear *maps[] = {&b->query, &b->key, &b->value, &b->output,
                                                       &b->gate,  &b->up,  &b->down};
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
            if (maps[i]->weight.data)
                numbers += (double)maps[i]->weight.rows * (double)maps[i]->weight.columns;
    }
    return 2 * numbers;
}

/* Keys that tokens [from, to) of a stream see. */
static double seen(size_t from, size_t to) {
    return ((double)to * ((double)to + 1) - (double)from * ((double)from + 1)) / 2;
}

static void add_cost(struct scoring *s, const struct attndyn_continuations *item,
                     const struct attndyn_continuation_rows *rows) {
    const struct attndyn_transformer_config *c = &s->weights->config;
    double keys = seen(0, rows->shared), read = (double)(rows->shared + rows->apart);
    for (size_t k = 0; k < item->count; k++)
        keys += seen(rows->shared, item->sequence[k].count - 1 - item->sequence[k].lost);
    s->tokens += read;
    s->operations += read * per_token(s->weights) +
                     4 * (double)c->layers * (double)(c->heads * c->head_width) * keys +
                     2 * (double)rows->scored * (double)c->outputs * (double)c->embedding_width;
}

/* Streams are made for sequences of one length, rounded up, so that they are seldom made anew. */
static size_t capacity_for(const struct scoring *s, size_t longest) {
    size_t context = s->weights->config.context, capacity = (longest + 62) / 64 * 64;
    return capacity < 64 ? (64 < context ? 64 : context) : capacity < context ? capacity : context;
}
static size_t streams_for(const struct scoring *s, size_t capacity) {
    return SLOTS / capacity > s->choices ? SLOTS / capacity : s->choices;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* What an item reads, by its own contexts or the bare one. */
static enum attndyn_status count_rows(struct scoring *s, const struct attndyn_task_item *item,
                                      bool bare, struct attndyn_continuation_rows *rows) {
    struct attndyn_continuations sequences;
    uint64_t mark = attndyn_memory_mark(s->run->ctx);
    ATTNDYN_TRY(prepare_item(s, item, bare, &sequences));
    *rows = attndyn_continuation_rows(&sequences, s->weights->config.context);
    add_cost(s, &sequences, rows);
    if (sequences.count > s->choices) s->choices = sequences.count;
    attndyn_memory_release(s->run->ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status scoring_prepare(struct scoring *s, const struct scoring_prompts *prompts,
                                    const struct attndyn_task *tasks, size_t count) {
    struct attndyn_context *ctx = s->run->ctx;
    s->prompts.suffix = unescaped(ctx, prompts->suffix);
    s->prompts.bare = unescaped(ctx, prompts->bare);
    if (!s->prompts.suffix || !s->prompts.bare) return ATTNDYN_NO_MEMORY;
    ATTNDYN_ALLOC(ctx, s->rows, count);
    for (size_t t = 0; t < count; t++) {
        ATTNDYN_ALLOC(ctx, s->rows[t], tasks[t].items);
        for (size_t i = 0; i < tasks[t].items; i++) {
            struct attndyn_continuation_rows bare = {0}, *own = &s->rows[t][i];
            ATTNDYN_TRY(count_rows(s, &tasks[t].item[i], false, own));
            if (has_bare(s, &tasks[t].item[i]))
                ATTNDYN_TRY(count_rows(s, &tasks[t].item[i], true, &bare));
            /* both go through the same streams, one after the other */
            own->longest = larger(own->longest, bare.longest);
            own->shared = larger(own->shared, bare.shared);
            own->apart = larger(own->apart, bare.apart);
        }
    }
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tasks[t].items; i++) {
            size_t capacity = capacity_for(s, s->rows[t][i].longest);
            size_t streams = streams_for(s, capacity);
            if (streams * capacity <= s->most_streams * s->most_capacity) continue;
            s->most_streams = streams, s->most_capacity = capacity;
        }
    s->mark = attndyn_memory_mark(ctx);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ items together */

/* How many items from `first` on are scored together; *longest: of their sequences. */
static size_t plan(const struct scoring *s, const struct attndyn_task *task,
                   const struct attndyn_continuation_rows *rows, size_t first, size_t *longest) {
    size_t n = 0, streams = 0, shared = 0, apart = 0;
    *longest = 0;
    for (; first + n < task->items; n++) {
        const struct attndyn_continuation_rows *r = &rows[first + n];
        size_t most = larger(*longest, r->longest);
        streams += task->item[first + n].choices, shared += r->shared, apart += r->apart;
        if (n > 0 &&
            (shared > ROWS || apart > ROWS || streams > streams_for(s, capacity_for(s, most))))
            break;
        *longest = most;
    }
    return n;
}

static enum attndyn_status open_streams(struct scoring *s, size_t longest) {
    size_t capacity = capacity_for(s, longest), streams = streams_for(s, capacity);
    if (s->inference && s->capacity == capacity && s->streams == streams) return ATTNDYN_OK;
    attndyn_memory_release(s->run->ctx, s->mark);
    s->capacity = capacity, s->streams = streams;
    const struct attndyn_inference_options options = {.streams = streams, .capacity = capacity};
    return attndyn_inference_create(s->run->ctx, s->weights, &options, &s->inference);
}

static enum attndyn_status judge(struct scoring *s, const struct attndyn_task *task, size_t i,
                                 const struct attndyn_continuation *c,
                                 const struct attndyn_continuation *bare,
                                 struct scoring_tally *tally) {
    const struct attndyn_task_item *item = &task->item[i];
    size_t best = 0, best_norm = 0, best_bare = 0;
    double most_bare = -INFINITY;
    bool cut = false;
    for (size_t k = 0; k < item->choices; k++) {
        double over = (double)item->choice[k].characters,
               over_best = (double)item->choice[best_norm].characters;
        if (s->each)
            ATTNDYN_TRY(s->each(s, task, i, k, &c[k], bare ? bare[k].log_likelihood : NAN));
        if (c[k].log_likelihood > c[best].log_likelihood) best = k;
        if (c[k].log_likelihood / over > c[best_norm].log_likelihood / over_best) best_norm = k;
        cut = cut || c[k].lost > 0;
        if (!bare) continue;
        double over_bare = c[k].log_likelihood - bare[k].log_likelihood;
        if (over_bare > most_bare) most_bare = over_bare, best_bare = k;
    }
    bool choices = item->choices > 1;
    tally->right += choices ? best == item->gold : c[0].greedy;
    tally->right_norm += choices ? best_norm == item->gold : c[0].greedy;
    tally->right_bare += bare ? best_bare == item->gold : c[0].greedy;
    tally->chance += choices ? 1 / (double)item->choices : NAN;
    tally->cut += cut;
    return ATTNDYN_OK;
}

/* Items [first, first + n). Nothing is emitted before all are scored. */
static enum attndyn_status score_items(struct scoring *s, const struct attndyn_task *task,
                                       size_t first, size_t n) {
    struct attndyn_continuations *items, *bare;
    size_t m = 0;
    ATTNDYN_ALLOC(s->run->ctx, items, n);
    ATTNDYN_ALLOC(s->run->ctx, bare, n);
    for (size_t i = 0; i < n; i++) {
        const struct attndyn_task_item *item = &task->item[first + i];
        ATTNDYN_TRY(prepare_item(s, item, false, &items[i]));
        if (has_bare(s, item)) ATTNDYN_TRY(prepare_item(s, item, true, &bare[m++]));
    }
    ATTNDYN_TRY(attndyn_continuations_score(s->run->ctx, s->inference, items, n));
    if (m > 0) ATTNDYN_TRY(attndyn_continuations_score(s->run->ctx, s->inference, bare, m));
    m = 0;
    for (size_t i = 0; i < n; i++) {
        const bool own = has_bare(s, &task->item[first + i]);
        ATTNDYN_TRY(judge(s, task, first + i, items[i].sequence, own ? bare[m].sequence : NULL,
                          &s->place->tally));
        m += own;
    }
    s->place->item = first + n;
    return ATTNDYN_OK;
}

static enum attndyn_status next_items(struct scoring *s, const struct attndyn_task *task,
                                      const struct attndyn_continuation_rows *rows) {
    size_t longest, first = s->place->item, n = plan(s, task, rows, first, &longest);
    ATTNDYN_TRY(open_streams(s, longest));
    uint64_t mark = attndyn_memory_mark(s->run->ctx);
    enum attndyn_status status = score_items(s, task, first, n);
    attndyn_memory_release(s->run->ctx, mark);
    if (status == ATTNDYN_INTERRUPTED && results_checkpoint(s->run->results)) {
        ATTNDYN_TRY(scoring_save(s->run, s->place));
        return attndyn_fail(s->run->ctx, status,
                            "interrupted: saved after %zu items of %s, --resume goes on", first,
                            task->name);
    }
    if (status)
        return attndyn_fail_while(s->run->ctx, status, "%s, item %zu and the %zu behind it",
                                  task->name, first, n - 1);
    attndyn_progress(s->run->ctx, "items", (double)(s->done + s->place->item), (double)s->all);
    return results_due(s->run->results) ? scoring_save(s->run, s->place) : ATTNDYN_OK;
}

enum attndyn_status scoring_task(struct scoring *s, const struct attndyn_task *tasks, size_t index,
                                 struct scoring_result *result) {
    const struct attndyn_task *task = &tasks[index];
    const struct scoring_tally *tally = &s->place->tally;
    if (s->place->item > task->items)
        return attndyn_fail(s->run->ctx, ATTNDYN_NO_INPUT,
                            "%s: saved after %zu items of %zu: it is damaged",
                            results_checkpoint(s->run->results), s->place->item, task->items);
    while (s->place->item < task->items) ATTNDYN_TRY(next_items(s, task, s->rows[index]));
    double n = (double)task->items;
    *result = (struct scoring_result){tally->right / n, tally->right_norm / n,
                                      *s->prompts.bare ? tally->right_bare / n : NAN,
                                      tally->chance / n, (size_t)tally->cut};
    s->done += task->items;
    return ATTNDYN_OK;
}
