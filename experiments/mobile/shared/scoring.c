#include "scoring.h"

#include <string.h>

/* The suffix with its line ends: \n and \\ are what they say. */
static char *suffix_of(struct attndyn_context *ctx, const char *text) {
    char *to = attndyn_strdup(ctx, text), *at = to;
    for (const char *from = text; to && *from; from++) {
        bool escape = from[0] == '\\' && (from[1] == 'n' || from[1] == '\\');
        *at++ = (char)(!escape ? *from : from[1] == 'n' ? '\n' : '\\');
        from += escape;
    }
    if (to) *at = '\0';
    return to;
}

/* context + suffix [+ " " + continuation], encoded. */
static enum attndyn_status encode(const struct scoring *s, const struct attndyn_task_choice *c,
                                  bool whole, struct attndyn_tokens *tokens) {
    struct attndyn_context *ctx = s->run->ctx;
    size_t suffix = strlen(s->suffix), n = c->context.length;
    char *text;
    *tokens = (struct attndyn_tokens){0};
    ATTNDYN_ALLOC(ctx, text, n + suffix + c->continuation.length + 2);
    memcpy(text, c->context.bytes, n);
    memcpy(text + n, s->suffix, suffix);
    n += suffix;
    if (whole) {
        text[n++] = ' ';
        memcpy(text + n, c->continuation.bytes, c->continuation.length);
        n += c->continuation.length;
    }
    return attndyn_codec_encode(ctx, s->codec, text, n, ATTNDYN_BOS_AUTO, tokens);
}

/* The sequence of a choice; what is scored begins where it and the context alone part. */
static enum attndyn_status prepare(const struct scoring *s, const struct attndyn_task_choice *c,
                                   struct attndyn_continuation *to) {
    struct attndyn_tokens alone, whole;
    size_t from = 0;
    ATTNDYN_TRY(encode(s, c, false, &alone));
    ATTNDYN_TRY(encode(s, c, true, &whole));
    while (from < alone.length && from < whole.length && alone.id[from] == whole.id[from]) from++;
    /* the first token of all has nothing that it could follow from */
    *to = (struct attndyn_continuation){
        .tokens = whole.id, .count = whole.length, .from = from > 0 ? from : 1};
    return ATTNDYN_OK;
}

static enum attndyn_status score_item(struct scoring *s, const struct attndyn_task *task, size_t i,
                                      struct attndyn_continuation *c, struct scoring_tally *tally) {
    const struct attndyn_task_item *item = &task->item[i];
    size_t best = 0, best_norm = 0;
    bool cut = false;
    ATTNDYN_TRY(attndyn_continuations_score(s->run->ctx, s->inference, c, item->choices));
    for (size_t k = 0; k < item->choices; k++) {
        double over = (double)item->choice[k].characters,
               over_best = (double)item->choice[best_norm].characters;
        if (s->each) ATTNDYN_TRY(s->each(s, task, i, k, &c[k]));
        if (c[k].log_likelihood > c[best].log_likelihood) best = k;
        if (c[k].log_likelihood / over > c[best_norm].log_likelihood / over_best) best_norm = k;
        cut = cut || c[k].lost > 0;
    }
    bool choices = item->choices > 1;
    tally->right += choices ? best == item->gold : c[0].greedy;
    tally->right_norm += choices ? best_norm == item->gold : c[0].greedy;
    tally->chance += choices ? 1 / (double)item->choices : NAN;
    tally->cut += cut;
    return ATTNDYN_OK;
}

enum attndyn_status scoring_task(struct scoring *s, const struct attndyn_task *task, size_t before,
                                 size_t all, struct scoring_tally *tally) {
    struct attndyn_context *ctx = s->run->ctx;
    *tally = (struct scoring_tally){0};
    for (size_t i = 0; i < task->items; i++) {
        const struct attndyn_task_item *item = &task->item[i];
        struct attndyn_continuation *c;
        uint64_t mark = attndyn_memory_mark(ctx);
        ATTNDYN_ALLOC(ctx, c, item->choices);
        enum attndyn_status status = ATTNDYN_OK;
        for (size_t k = 0; k < item->choices && status == ATTNDYN_OK; k++)
            status = prepare(s, &item->choice[k], &c[k]);
        if (status == ATTNDYN_OK) status = score_item(s, task, i, c, tally);
        attndyn_memory_release(ctx, mark);
        if (status) return attndyn_fail_while(ctx, status, "%s, item %zu", task->name, i);
        attndyn_progress(ctx, "items", (double)(before + i + 1), (double)all);
    }
    double n = (double)task->items;
    tally->acc = tally->right / n;
    tally->acc_norm = tally->right_norm / n;
    tally->chance /= n;
    return ATTNDYN_OK;
}

/* Streams for the most choices and the longest sequence of all items, so that no item has to make
 * room: what an item gets does not depend on those before it. */
static enum attndyn_status measure(struct scoring *s, const struct attndyn_task *tasks,
                                   size_t count) {
    struct attndyn_context *ctx = s->run->ctx;
    const struct attndyn_transformer_config *config = &s->weights->config;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tasks[t].items; i++) {
            const struct attndyn_task_item *item = &tasks[t].item[i];
            if (item->choices > s->streams) s->streams = item->choices;
            for (size_t k = 0; k < item->choices; k++) {
                /* no codec makes more tokens than bytes, a beginning and a blank before them */
                size_t most = item->choice[k].context.length + strlen(s->suffix) +
                              item->choice[k].continuation.length + 3;
                if (most > s->capacity) s->capacity = most;
            }
        }
    if (s->capacity > config->context) s->capacity = config->context;
    const struct attndyn_inference_options options = {.streams = s->streams,
                                                      .capacity = s->capacity};
    return attndyn_inference_create(ctx, s->weights, &options, &s->inference);
}

enum attndyn_status scoring_prepare(struct scoring *s, const char *prompt_suffix,
                                    const struct attndyn_task *tasks, size_t count) {
    s->suffix = suffix_of(s->run->ctx, prompt_suffix);
    if (!s->suffix) return ATTNDYN_NO_MEMORY;
    return measure(s, tasks, count);
}
