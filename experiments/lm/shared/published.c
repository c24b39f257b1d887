#include "published.h"

#include "sim/base/file.h"
#include "sim/model/transformer/foreign/model.h"

#include <string.h>
#include <sys/stat.h>

/* The parts of "A,B,C"; a path with a comma in it cannot be listed. */
static enum attndyn_status split(const struct trial *run, const char *list, struct published *set) {
    size_t count = 1;
    for (const char *c = list; *c; c++) count += *c == ',';
    ATTNDYN_ALLOC(run->ctx, set->path, count);
    for (set->count = 0; set->count < count; set->count++) {
        size_t length = strcspn(list, ",");
        if (length == 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "model=%s: an empty name among the networks", set->p.model);
        set->path[set->count] = attndyn_format(run->ctx, "%.*s", (int)length, list);
        if (!set->path[set->count]) return ATTNDYN_NO_MEMORY;
        list += length + (list[length] == ',');
    }
    return ATTNDYN_OK;
}

enum attndyn_status published_list(const struct trial *run, struct published *set) {
    *set = (struct published){.p = published_settings_read(run->params)};
    const struct reals steps = set->p.steps;
    if (!*set->p.model) return ATTNDYN_OK;
    struct stat about;
    if (stat(set->p.model, &about) == 0) { /* a name with a comma, if it is one */
        ATTNDYN_ALLOC(run->ctx, set->path, 1);
        set->path[set->count++] = set->p.model;
    } else {
        ATTNDYN_TRY(split(run, set->p.model, set));
    }
    if (steps.count > 0 && steps.count != set->count)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "steps has %zu values, expected one for each of the %zu networks",
                            steps.count, set->count);
    ATTNDYN_ALLOC(run->ctx, set->step, set->count);
    for (size_t i = 0; i < set->count; i++) {
        set->step[i] = steps.count ? (uint64_t)steps.at[i] : i + 1;
        if (steps.count &&
            (steps.at[i] != floor(steps.at[i]) || (i > 0 && set->step[i] <= set->step[i - 1])))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "steps: %g after %g: expected whole numbers, ascending",
                                steps.at[i], i > 0 ? steps.at[i - 1] : 0);
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the text */

static enum attndyn_status read_text(const struct trial *run, const struct published *set,
                                     struct text_model *t, struct attndyn_tokens *tokens) {
    struct attndyn_context *ctx = run->ctx;
    const char *text = t->p.text, *origin = *set->p.ids ? set->p.ids : text;
    struct stat about;
    char *file = NULL;
    t->data.origin[ATTNDYN_TRAIN] = t->data.origin[ATTNDYN_VALID] = origin;
    if (!*text == !*set->p.ids)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "model=%s needs a text: text=FILE or ids=FILE, one of them",
                            set->p.model);
    if (*set->p.ids) {
        /* names of tokens, if there is something that has them */
        if (*t->p.tokenizer && !text_model_builtin(t->p.tokenizer, NULL))
            ATTNDYN_TRY(attndyn_codec_open(ctx, t->p.tokenizer, &t->codec));
        return attndyn_ids_read(ctx, set->p.ids, tokens);
    }
    if (text_model_builtin(t->p.tokenizer, NULL) && strcmp(t->p.tokenizer, "byte") != 0)
        ATTNDYN_TRY(attndyn_codec_open_beside(ctx, set->path[0], &t->codec));
    else
        ATTNDYN_TRY(attndyn_codec_open(ctx, t->p.tokenizer, &t->codec));
    if (stat(text, &about) == 0 && S_ISDIR(about.st_mode)) {
        ATTNDYN_TRY(attndyn_text_dataset_find(ctx, text, ATTNDYN_VALID, &file));
        t->data.origin[ATTNDYN_TRAIN] = t->data.origin[ATTNDYN_VALID] = file;
        text = file;
    }
    return attndyn_codec_read(ctx, t->codec, text, set->p.bos, tokens);
}

static enum attndyn_status check_ids(struct attndyn_context *ctx,
                                     const struct attndyn_tokens *tokens, const char *origin,
                                     const struct attndyn_transformer_config *c) {
    for (size_t i = 0; i < tokens->length; i++)
        if (tokens->id[i] >= c->vocabulary)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: token %zu is %u, the network has %zu tokens: another "
                                "network's text?",
                                origin, i, tokens->id[i], c->vocabulary);
    return ATTNDYN_OK;
}

enum attndyn_status published_prepare(const struct trial *run, struct published *set,
                                      struct text_model *t) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_model *model;
    struct attndyn_tokens *tokens = &t->data.tokens[ATTNDYN_VALID];
    *t = (struct text_model){.p = text_settings_read(run->params), .real_text = true};
    const struct text_settings *p = &t->p;
    ATTNDYN_TRY(attndyn_model_open(ctx, set->path[0], &model));
    const struct attndyn_transformer_config *c = &model->weights.config;
    set->about = attndyn_model_describe(ctx, model);
    if (!set->about) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(read_text(run, set, t, tokens));
    ATTNDYN_TRY(check_ids(ctx, tokens, t->data.origin[ATTNDYN_VALID], c));
    t->data.tokens[ATTNDYN_TRAIN] = *tokens;
    t->vocabulary = c->vocabulary;
    if ((size_t)p->length > c->context)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "length=%ld: the network's context is %zu tokens: take length=%zu or "
                            "less",
                            p->length, c->context, c->context);
    ATTNDYN_TRY(attndyn_text_batches_create(ctx, tokens, t->vocabulary, (size_t)p->columns,
                                            (size_t)p->length, t->data.origin[ATTNDYN_TRAIN],
                                            &t->train));
    ATTNDYN_TRY(attndyn_text_batches_create(ctx, tokens, t->vocabulary, (size_t)p->valid_columns,
                                            (size_t)p->length, t->data.origin[ATTNDYN_VALID],
                                            &t->valid));
    size_t columns = t->train.columns > t->valid.columns ? t->train.columns : t->valid.columns;
    t->layers = c->layers;
    return attndyn_transformer_create(ctx, c, columns, t->train.length, &t->learner.model);
}

/* ------------------------------------------------------------------ the networks */

/* Networks of the same shapes may still compute other things: their configs must agree, word by
 * word ("key=value key=value"). */
static enum attndyn_status same_config(const struct trial *run, const struct published *set,
                                       size_t i, const struct attndyn_transformer_config *first,
                                       const struct attndyn_transformer_config *other) {
    const char *a = attndyn_transformer_config_text(run->ctx, first);
    const char *b = attndyn_transformer_config_text(run->ctx, other);
    if (!a || !b) return ATTNDYN_NO_MEMORY;
    for (;;) {
        size_t n = strcspn(a, " "), m = strcspn(b, " ");
        if (n != m || memcmp(a, b, n) != 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "%s is another network than %s: %.*s, not %.*s", set->path[i],
                                set->path[0], (int)m, b, (int)n, a);
        if (!a[n]) return ATTNDYN_OK;
        a += n + 1, b += m + 1;
    }
}

static enum attndyn_status take(const struct trial *run, const struct published *set, size_t i,
                                struct text_model *t) {
    struct attndyn_model *model;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(attndyn_model_open(run->ctx, set->path[i], &model));
    ATTNDYN_TRY(same_config(run, set, i, attndyn_transformer_config_of(t->learner.model),
                            &model->weights.config));
    enum attndyn_status status =
        attndyn_transformer_take(run->ctx, t->learner.model, &model->weights);
    if (status)
        return attndyn_fail_while(run->ctx, status, "%s is another network than %s", set->path[i],
                                  set->path[0]);
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status published_run(const struct trial *run, struct published *set,
                                  struct text_model *t, struct training *training) {
    training->run = run;
    training->learner = &t->learner;
    training->source = t;
    for (size_t i = 0; i < set->count; i++) {
        ATTNDYN_TRY(take(run, set, i, t));
        t->learner.step = set->step[i];
        ATTNDYN_TRY(training->look(training));
        attndyn_progress(run->ctx, "networks", (double)(i + 1), (double)set->count);
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    return NOTE(run, "%s; %zu tokens of text", set->about, t->data.tokens[ATTNDYN_VALID].length);
}

enum attndyn_status published_or_training(const struct trial *run, const struct published_or *other,
                                          struct published *set, struct looks *at,
                                          struct text_model *t, bool *skipped) {
    *skipped = false;
    ATTNDYN_TRY(published_list(run, set));
    if (set->count > 0) {
        *at = (struct looks){.at = set->step, .count = set->count};
        return published_prepare(run, set, t);
    }
    ATTNDYN_TRY(looks_listed(run, other->name, other->minibatches, (uint64_t)other->last,
                             other->whole, at));
    return text_training_prepare(run, other->group, t, skipped);
}

enum attndyn_status published_or_trained(const struct trial *run, struct published *set,
                                         struct text_model *t, struct training *training) {
    return set->count > 0 ? published_run(run, set, t, training)
                          : text_training_run(run, t, training);
}

bool published_start(const struct trial *run, struct verdict *v) {
    const struct published_settings p = published_settings_read(run->params);
    if (!*p.model || (p.steps.count > 1 && p.steps.at[0] == 0)) return true;
    verdict_skip(v, "needs the network before training: name it first in model=, with "
                    "steps=0,...");
    return false;
}
