/* The table of zero-shot accuracies for a list of networks, the published rows beside. */
#include "tasks.h"

#include "experiments/mobile/shared/scoring.h"
#include "experiments/shared/subject.h"
#include "published.h"

#include <string.h>

struct score_table {
    const struct trial *run;
    struct attndyn_task *tasks;
    size_t count, items; /* tasks; items of all of them */
    size_t models, done; /* networks in all; scored so far */
    struct scoring_place place;
    struct scoring_prompts prompts;
};

/* The three ways in which a choice is taken. */
enum { WAYS = 3 };
static const char *const ways[WAYS] = {"acc", "acc_norm", "acc_bare"};

static enum attndyn_status emit(struct score_table *t, const char *model,
                                const struct published_row *row, const char *task, size_t items,
                                const double share[WAYS], double error, double chance,
                                double published) {
    int nearest = -1;
    for (int w = 0; w < WAYS && !isnan(published); w++)
        if (!isnan(share[w]) &&
            (nearest < 0 || fabs(share[w] - published) < fabs(share[nearest] - published)))
            nearest = w;
    return EMIT(t->run, shares, .model = model, .network = row ? row->name : "-", .task = task,
                .items = (long)items, .acc = share[0], .standard_error = error,
                .acc_norm = share[1], .acc_bare = share[2], .chance = chance,
                .published = published, .nearest = nearest < 0 ? "-" : ways[nearest],
                .off = nearest >= 0 && error > 0 ? (share[nearest] - published) / error : NAN);
}

/* The mean over the tasks with choices, from the rows of the network's tasks, the last `count`. */
static enum attndyn_status emit_mean(struct score_table *t, const char *name,
                                     const struct published_row *row) {
    const struct trial *run = t->run;
    double sum[WAYS] = {0}, chance = 0, variance = 0, published = 0, n = 0;
    size_t items = 0, first = ROWS(run, shares) - t->count;
    for (size_t k = 0; k < t->count; k++) {
        struct shares r;
        ROW(run, shares, first + k, &r);
        if (isnan(r.chance)) continue;
        sum[0] += r.acc, sum[1] += r.acc_norm, sum[2] += r.acc_bare;
        chance += r.chance, published += r.published;
        variance += r.standard_error * r.standard_error;
        items += (size_t)r.items, n++;
    }
    if (n == 0) return ATTNDYN_OK;
    for (int w = 0; w < WAYS; w++) sum[w] /= n;
    return emit(t, name, row, "mean", items, sum, sqrt(variance) / n, chance / n,
                n == PUBLISHED_TASKS ? published / n : NAN);
}

static enum attndyn_status score(struct score_table *t, const char *name,
                                 const struct attndyn_model *model,
                                 const struct attndyn_weights *weights,
                                 const struct attndyn_codec *codec) {
    const struct published_row *row = published_row_of(model);
    struct scoring s = {.run = t->run,
                        .weights = weights,
                        .codec = codec,
                        .place = &t->place,
                        .done = t->done * t->items,
                        .all = t->models * t->items};
    ATTNDYN_TRY(scoring_prepare(&s, &t->prompts, t->tasks, t->count));
    for (size_t k = t->place.task - t->done * t->count; k < t->count; k++) {
        const struct attndyn_task *task = &t->tasks[k];
        struct scoring_result r;
        ATTNDYN_TRY(scoring_task(&s, t->tasks, k, &r));
        double error = sqrt(r.acc * (1 - r.acc) / (double)task->items);
        ATTNDYN_TRY(emit(t, name, row, task->name, task->items,
                         (const double[]){r.acc, r.acc_norm, r.acc_bare}, error, r.chance,
                         published_share(row, task->name)));
        if (k + 1 == t->count) ATTNDYN_TRY(emit_mean(t, name, row));
        scoring_next(&t->place);
    }
    t->done++;
    return ATTNDYN_OK;
}

static enum attndyn_status score_named(struct score_table *t, const struct tasks *p,
                                       const char *path) {
    struct attndyn_context *ctx = t->run->ctx;
    struct attndyn_model *model;
    struct attndyn_codec *codec;
    if (t->place.task >= (t->done + 1) * t->count) { /* its rows and its note were restored */
        t->done++;
        return ATTNDYN_OK;
    }
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(attndyn_model_open(ctx, path, &model));
    ATTNDYN_TRY(*p->tokenizer ? attndyn_codec_open(ctx, p->tokenizer, &codec)
                              : attndyn_codec_open_beside(ctx, path, &codec));
    ATTNDYN_TRY(score(t, path, model, &model->weights, codec));
    ATTNDYN_TRY(NOTE(t->run, "%s: %s", path, attndyn_model_describe(ctx, model)));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

/* models=A,B,C. */
static enum attndyn_status score_list(struct score_table *t, const struct tasks *p) {
    t->models = 1;
    for (const char *c = p->models; *c; c++) t->models += *c == ',';
    for (const char *list = p->models; *list;) {
        size_t length = strcspn(list, ",");
        char *path = attndyn_format(t->run->ctx, "%.*s", (int)length, list);
        if (!path) return ATTNDYN_NO_MEMORY;
        if (length == 0)
            return attndyn_fail(t->run->ctx, ATTNDYN_USAGE, "models=%s: an empty name", p->models);
        ATTNDYN_TRY(score_named(t, p, path));
        list += length + (list[length] == ',');
    }
    return ATTNDYN_OK;
}

static enum attndyn_status score_small(struct score_table *t) {
    struct subject subject;
    ATTNDYN_TRY(subject_open(t->run, true, &subject));
    t->models = 1;
    return score(t, "small", NULL, subject.weights, subject.codec);
}

RUN(tasks) {
    struct score_table t = {.run = run, .prompts = {p->prompt_suffix, p->bare}};
    double worst_off = NAN;
    if (*p->model)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "networks are named by models=A,B,C");
    if (*p->models && !*p->tasks)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "networks were named and no tasks: name a file or a folder by "
                            "tasks=PATH");
    if (*p->tasks)
        ATTNDYN_TRY(attndyn_tasks_read(run->ctx, p->tasks, (size_t)p->limit, &t.tasks, &t.count));
    else
        ATTNDYN_TRY(scoring_generate(run->ctx, &t.tasks, &t.count));
    for (size_t k = 0; k < t.count; k++) t.items += t.tasks[k].items;
    ATTNDYN_TRY(scoring_find(run, scoring_data(t.tasks, t.count, &t.prompts), &t.place));
    ATTNDYN_TRY(*p->models ? score_list(&t, p) : score_small(&t));
    ATTNDYN_TRY(scoring_save(run, &t.place));
    EACH_ROW (run, shares, r) {
        if (!isnan(r->off) && !(fabs(r->off) <= worst_off)) worst_off = fabs(r->off);
    }
    return SET(run, summary, .models = (double)t.done, .items = (double)t.items,
               .worst_off = worst_off);
}

const struct experiment experiment_mobile_tasks = {
    .id = "mobile/tasks",
    .title = "Zero-shot accuracies of a list of networks, the published rows beside",
    .source = "MobileLLM (arXiv 2402.14905), table 3; docs/pretrained.md",
    .doc =
        "Every network of the list is scored on the same items in the same order, as "
        "mobile/zero-shot does it. Beside each share stand its standard error, that of chance, and "
        "where family, weights and depth tell the network, the published one. A mean over tasks "
        "counts each once. Published harnesses put \"\\nAnswer:\" behind the questions of ARC and "
        "PIQA (prompt_suffix) and report acc for some tasks, acc_norm or acc_bare for others; the "
        "table says neither which nor its prompts, docs/pretrained.md what is known of them.",
    .presets = (const struct preset[]){{"quick", "bare=Answer:",
                                        "a small network and questions about its text: seconds"},
                                       {0}},
    .tables = TABLES(shares),
    .figures = (const struct figure[]){{0}},
    PARTS_OF(tasks, summary)};
