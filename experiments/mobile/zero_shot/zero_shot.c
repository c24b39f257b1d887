/* Multiple choice, scored item by item by a trained network's log-likelihoods. */
#include "zero_shot.h"

static enum attndyn_status emit_choice(const struct scoring *s, const struct attndyn_task *task,
                                       size_t i, size_t k,
                                       const struct attndyn_continuation *scored, double bare) {
    const struct attndyn_task_item *item = &task->item[i];
    ATTNDYN_TRY(EMIT(s->run, choice_row, .task = task->name, .item = (long)i, .choice = (long)k,
                     .log_likelihood = scored->log_likelihood,
                     .characters = (long)item->choice[k].characters, .gold = (long)item->gold));
    if (isnan(bare)) return ATTNDYN_OK;
    return EMIT(s->run, bare_row, .task = task->name, .item = (long)i, .choice = (long)k,
                .log_likelihood = bare);
}

static enum attndyn_status score_tasks(struct scoring *s, const struct attndyn_task *tasks,
                                       size_t count) {
    const struct trial *run = s->run;
    for (size_t t = 0; t < count; t++) {
        struct scoring_result r;
        double n = (double)tasks[t].items;
        if (t < s->place->task) { /* its rows were restored */
            s->done += tasks[t].items;
            continue;
        }
        ATTNDYN_TRY(scoring_task(s, tasks, t, &r));
        ATTNDYN_TRY(EMIT(run, task_row, .task = tasks[t].name, .items = (long)tasks[t].items,
                         .acc = r.acc, .acc_norm = r.acc_norm, .acc_bare = r.acc_bare,
                         .standard_error = sqrt(r.acc * (1 - r.acc) / n), .chance = r.chance,
                         .cut = (long)r.cut));
        scoring_next(s->place);
    }
    return ATTNDYN_OK;
}

/* Averages over the rows of the tasks. */
static enum attndyn_status sum_up(const struct scoring *s, size_t count) {
    const struct trial *run = s->run;
    double *acc, *norm, items = 0, cut = 0, mean = 0, mean_norm = 0, mean_bare = 0;
    size_t t = 0;
    ATTNDYN_ALLOC(run->ctx, acc, count);
    ATTNDYN_ALLOC(run->ctx, norm, count);
    EACH_ROW (run, task_row, r) {
        acc[t] = r->acc, norm[t++] = r->acc_norm;
        mean += r->acc / (double)count, mean_norm += r->acc_norm / (double)count;
        mean_bare += r->acc_bare / (double)count;
        items += (double)r->items, cut += (double)r->cut;
    }
    ATTNDYN_TRY(STATE(run, acc, acc, count));
    ATTNDYN_TRY(STATE(run, acc_norm, norm, count));
    if (cut > 0)
        ATTNDYN_TRY(NOTE(run,
                         "%.0f of %.0f items have a sequence that is longer than the context and "
                         "lost its beginning",
                         cut, items));
    return SET(run, summary, .tasks = (double)count, .items = items, .acc = mean,
               .acc_norm = mean_norm, .acc_bare = mean_bare, .cut = cut, .tokens = s->tokens,
               .operations = s->operations);
}

RUN(zero_shot) {
    struct subject subject;
    struct attndyn_task *tasks;
    struct scoring_place place;
    struct scoring s = {.run = run, .each = emit_choice, .place = &place};
    const struct scoring_prompts prompts = {p->prompt_suffix, p->bare};
    size_t count;
    ATTNDYN_TRY(subject_open(run, true, &subject));
    if (!*p->tasks && subject.model)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network was named and no tasks: name a file or a folder by "
                            "tasks=PATH");
    if (*p->tasks)
        ATTNDYN_TRY(attndyn_tasks_read(run->ctx, p->tasks, (size_t)p->limit, &tasks, &count));
    else
        ATTNDYN_TRY(scoring_generate(run->ctx, &tasks, &count));
    for (size_t t = 0; t < count; t++) s.all += tasks[t].items;
    ATTNDYN_TRY(scoring_find(run, scoring_data(tasks, count, &prompts), &place));
    s.weights = subject.weights;
    s.codec = subject.codec;
    ATTNDYN_TRY(scoring_prepare(&s, &prompts, tasks, count));
    ATTNDYN_TRY(score_tasks(&s, tasks, count));
    ATTNDYN_TRY(scoring_save(run, &place));
    ATTNDYN_TRY(sum_up(&s, count));
    return subject_note(run, &subject, &(struct attndyn_cache){0}, s.most_streams, s.most_capacity);
}

const struct experiment experiment_mobile_zero_shot = {
    .id = "mobile/zero-shot",
    .title = "Multiple choice, scored by a trained network's log-likelihoods",
    .source = "MobileLLM (arXiv 2402.14905), the talk's tables; docs/pretrained.md",
    .doc =
        "A choice's score is the log-likelihood of the tokens of context + \" \" + choice that "
        "follow those of the context alone: both are encoded from the start, with the token of "
        "the beginning where the tokenizer has one, and what is scored begins where they part. "
        "acc: the choice of greatest score; acc_norm: of greatest score over its code points; "
        "acc_bare: of greatest score less that of the choice behind a bare context (`bare`); "
        "ties: the first. Where contexts differ and the continuation is one (WinoGrande) it is "
        "scored behind each. Without choices (LAMBADA) an item is right where each token of the "
        "continuation is the most probable one. A sequence longer than the context loses its "
        "beginning, which is counted.\n"
        "The beginning that an item's sequences share is encoded once, and items are read "
        "together, up to 1024 tokens at a time and a cache of 4096 slots. `operations` says what "
        "that takes. Every --save-every seconds, and when it is interrupted, the run saves what "
        "is scored; --resume goes on, and its folder ends with the bytes of a run that was never "
        "stopped.",
    .presets = (const struct preset[]){{"quick", "bare=Answer:",
                                        "a small network and questions about its text: "
                                        "a second"},
                                       {0}},
    .tables = TABLES(choice_row, bare_row, task_row, the_state),
    .figures = (const struct figure[]){{0}},
    PARTS_OF(zero_shot, summary)};
