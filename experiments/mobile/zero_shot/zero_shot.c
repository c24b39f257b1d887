/* Multiple choice, scored item by item by a trained network's log-likelihoods. */
#include "zero_shot.h"

#include "sim/model/inference/continuation.h"

#include <string.h>

#define PARAMETERS zero_shot

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

struct scorer {
    const struct trial *run;
    const struct subject *subject;
    const char *suffix;
    struct attndyn_inference *inference;
    size_t streams, capacity;
};

/* context + suffix [+ " " + continuation], encoded. */
static enum attndyn_status encode(const struct scorer *s, const struct attndyn_task_choice *c,
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
    return attndyn_codec_encode(ctx, s->subject->codec, text, n, ATTNDYN_BOS_AUTO, tokens);
}

/* The sequence of a choice; what is scored begins where it and the context alone part. */
static enum attndyn_status prepare(const struct scorer *s, const struct attndyn_task_choice *c,
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

struct tally {
    double right, right_norm, chance;
    size_t cut;
};

static enum attndyn_status score_item(struct scorer *s, const struct attndyn_task *task, size_t i,
                                      struct attndyn_continuation *c, struct tally *tally) {
    const struct attndyn_task_item *item = &task->item[i];
    size_t best = 0, best_norm = 0;
    bool cut = false;
    ATTNDYN_TRY(attndyn_continuations_score(s->run->ctx, s->inference, c, item->choices));
    for (size_t k = 0; k < item->choices; k++) {
        double over = (double)item->choice[k].characters,
               over_best = (double)item->choice[best_norm].characters;
        ATTNDYN_TRY(EMIT(s->run, choice_row, .task = task->name, .item = (long)i, .choice = (long)k,
                         .log_likelihood = c[k].log_likelihood,
                         .characters = (long)item->choice[k].characters, .gold = (long)item->gold));
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

static enum attndyn_status score_task(struct scorer *s, const struct attndyn_task *task,
                                      size_t before, size_t all, struct tally *tally) {
    struct attndyn_context *ctx = s->run->ctx;
    *tally = (struct tally){0};
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
    double n = (double)task->items, acc = tally->right / n;
    return EMIT(s->run, task_row, .task = task->name, .items = (long)task->items, .acc = acc,
                .acc_norm = tally->right_norm / n, .standard_error = sqrt(acc * (1 - acc) / n),
                .chance = tally->chance / n, .cut = (long)tally->cut);
}

/* Streams for the most choices and the longest sequence of all items, so that no item has to make
 * room: what an item gets does not depend on those before it. */
static enum attndyn_status measure(struct scorer *s, const struct attndyn_task *tasks,
                                   size_t count) {
    struct attndyn_context *ctx = s->run->ctx;
    const struct attndyn_transformer_config *config = &s->subject->weights->config;
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
    return attndyn_inference_create(ctx, s->subject->weights, &options, &s->inference);
}

RUN(zero_shot) {
    struct subject subject;
    struct attndyn_task *tasks;
    struct scorer s = {.run = run, .subject = &subject};
    struct tally tally;
    size_t count, all = 0, done = 0, cut = 0;
    double *acc, *norm, mean = 0, mean_norm = 0;
    ATTNDYN_TRY(subject_open(run, true, &subject));
    if (!*p->tasks && subject.model)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network was named and no tasks: name a file or a folder by "
                            "tasks=PATH");
    if (*p->tasks)
        ATTNDYN_TRY(attndyn_tasks_read(run->ctx, p->tasks, (size_t)p->limit, &tasks, &count));
    else
        ATTNDYN_TRY(zero_shot_generate(run->ctx, &tasks, &count));
    s.suffix = suffix_of(run->ctx, p->prompt_suffix);
    if (!s.suffix) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(measure(&s, tasks, count));
    ATTNDYN_ALLOC(run->ctx, acc, count);
    ATTNDYN_ALLOC(run->ctx, norm, count);
    for (size_t t = 0; t < count; t++) all += tasks[t].items;
    for (size_t t = 0; t < count; t++) {
        ATTNDYN_TRY(score_task(&s, &tasks[t], done, all, &tally));
        done += tasks[t].items;
        cut += tally.cut;
        acc[t] = tally.right / (double)tasks[t].items;
        norm[t] = tally.right_norm / (double)tasks[t].items;
        mean += acc[t] / (double)count, mean_norm += norm[t] / (double)count;
    }
    ATTNDYN_TRY(STATE(run, acc, acc, count));
    ATTNDYN_TRY(STATE(run, acc_norm, norm, count));
    ATTNDYN_TRY(subject_note(run, &subject, &(struct attndyn_cache){0}, s.streams, s.capacity));
    if (cut)
        ATTNDYN_TRY(NOTE(run,
                         "%zu of %zu items have a sequence that is longer than the context and "
                         "lost its beginning",
                         cut, all));
    return SET(run, summary, .tasks = (double)count, .items = (double)all, .acc = mean,
               .acc_norm = mean_norm, .cut = (double)cut);
}

/* The table of choices judged again. */
CLAIM(
    judged, "MOBILE.zero-shot-judged", CONTRACT,
    "acc and acc_norm are what the table of choices says: the first of the likeliest choices, and "
    "of the likeliest over their characters.",
    "a task's share differs") {
    double off = 0;
    size_t tasks = 0;
    EACH_ROW (run, task_row, t) {
        double right = 0, right_norm = 0, best = -INFINITY, best_norm = -INFINITY;
        bool is_right = false, is_right_norm = false, choices = !isnan(t->chance);
        long item = -1;
        if (!choices) continue;
        EACH_ROW (run, choice_row, r) {
            if (strcmp(r->task, t->task) != 0) continue;
            if (r->item != item) {
                right += is_right, right_norm += is_right_norm;
                item = r->item, best = best_norm = -INFINITY;
            }
            double x = r->log_likelihood, y = x / (double)r->characters;
            if (x > best) best = x, is_right = r->choice == r->gold;
            if (y > best_norm) best_norm = y, is_right_norm = r->choice == r->gold;
        }
        right += is_right, right_norm += is_right_norm;
        worst(&off, right / (double)t->items - t->acc);
        worst(&off, right_norm / (double)t->items - t->acc_norm);
        tasks++;
    }
    if (tasks == 0) return verdict_skip(v, "no task with choices");
    return verdict_at_most(v, off, 0, "%zu tasks", tasks);
}

CLAIM(learnt, "MOBILE.zero-shot-learnt", CONTRACT,
      "The small network answers questions about its text better than chance.",
      "its share is not {bound} standard errors above 1/6", .bound = 4) {
    struct task_row t;
    if (*p->model || *p->tasks) return verdict_skip(v, "of the small network alone");
    ROW(run, task_row, 0, &t);
    double error = sqrt(t.chance * (1 - t.chance) / (double)t.items);
    return verdict_at_least(v, (t.acc - t.chance) / error, v->bound, "acc %.3g of %ld items", t.acc,
                            t.items);
}

static const struct check *const claims[] = {&judged, &learnt, NULL};

const struct experiment experiment_mobile_zero_shot = {
    .id = "mobile/zero-shot",
    .title = "Multiple choice, scored by a trained network's log-likelihoods",
    .source = "MobileLLM (arXiv 2402.14905), the talk's tables; docs/pretrained.md",
    .doc =
        "A choice's score is the log-likelihood of the tokens of context + \" \" + choice that "
        "follow those of the context alone: both are encoded from the start, with the token of "
        "the beginning where the tokenizer has one, and what is scored begins where they part. "
        "acc: the choice of greatest score; acc_norm: of greatest score over its code points; "
        "ties: the first. Where contexts differ and the continuation is one (WinoGrande) it is "
        "scored behind each. Without choices (LAMBADA) an item is right where each token of the "
        "continuation is the most probable one. The beginning that an item's sequences share is "
        "encoded once. A sequence longer than the context loses its beginning, which is counted.",
    .params = PARAM_LIST(ZERO_SHOT),
    .presets = (const struct preset[]){{"quick", "",
                                        "a small network and questions about its text: "
                                        "a second"},
                                       {0}},
    .tables = (const struct table[]){TABLE_ENTRY(choice_row, CHOICE_ROWS, "every choice's score"),
                                     TABLE_ENTRY(task_row, TASK_ROWS, "what each task comes to"),
                                     STATE_TABLE,
                                     {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures = (const struct figure[]){{0}},
    .checks = claims,
    .run = RUN_OF(zero_shot)};
