/* Scorings that are taken up again: the place and the tally so far, beside the frame's tables. */
#include "scoring.h"

#include "sim/base/hash.h"
#include "sim/data/safetensors.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static uint64_t hash_text(uint64_t hash, const struct attndyn_task_text *text) {
    return attndyn_hash_word(attndyn_hash_bytes(hash, text->bytes, text->length), text->length);
}

uint64_t scoring_data(const struct attndyn_task *tasks, size_t count,
                      const struct scoring_prompts *prompts) {
    uint64_t hash =
        attndyn_hash_bytes(attndyn_hash_start, prompts->suffix, strlen(prompts->suffix));
    hash = attndyn_hash_bytes(attndyn_hash_word(hash, strlen(prompts->suffix)), prompts->bare,
                              strlen(prompts->bare));
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tasks[t].items; i++) {
            const struct attndyn_task_item *item = &tasks[t].item[i];
            hash = attndyn_hash_word(hash, item->gold);
            for (size_t k = 0; k < item->choices; k++)
                hash = hash_text(hash_text(hash, &item->choice[k].context),
                                 &item->choice[k].continuation);
        }
    return hash;
}

enum { TALLIES = 5 };

enum attndyn_status scoring_save(const struct trial *run, const struct scoring_place *place) {
    struct attndyn_context *ctx = run->ctx;
    const char *path = results_checkpoint(run->results);
    char *progress;
    if (!path) return ATTNDYN_OK;
    const struct scoring_tally *t = &place->tally;
    const double numbers[TALLIES] = {t->right, t->right_norm, t->right_bare, t->chance, t->cut};
    const struct attndyn_tensor tally = {.name = "tally",
                                         .dtype = ATTNDYN_F64,
                                         .dimensions = 1,
                                         .shape = {TALLIES},
                                         .data = numbers};
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(results_flush(ctx, run->results, &progress));
    const struct attndyn_metadata said[] = {{"text", progress},
                                            {"task", attndyn_format(ctx, "%zu", place->task)},
                                            {"item", attndyn_format(ctx, "%zu", place->item)},
                                            {"data", attndyn_format(ctx, "%" PRIu64, place->data)}};
    enum { SAID = sizeof said / sizeof *said };
    for (size_t i = 0; i < SAID; i++)
        if (!said[i].value) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_safetensors_write(ctx, path, &tally, 1, said, SAID));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status load(const struct trial *run, const char *path, uint64_t data,
                                struct scoring_place *place) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_safetensors file;
    double numbers[TALLIES];
    uint64_t task, item;
    ATTNDYN_TRY(attndyn_safetensors_read(ctx, path, &file));
    const struct attndyn_tensor *tally = attndyn_safetensors_find(&file, "tally");
    const char *progress = attndyn_safetensors_metadata(&file, "text");
    if (!tally || attndyn_tensor_count(tally) != TALLIES || !progress)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no scoring's checkpoint", path);
    ATTNDYN_TRY(results_restore(ctx, run->results, progress));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "task", &task));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "item", &item));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "data", &place->data));
    ATTNDYN_TRY(attndyn_tensor_to_double(ctx, tally, numbers));
    if (place->data != data)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: the items have changed since: start anew without --resume", path);
    place->task = (size_t)task, place->item = (size_t)item;
    place->tally =
        (struct scoring_tally){numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
    return ATTNDYN_OK;
}

enum attndyn_status scoring_find(const struct trial *run, uint64_t data,
                                 struct scoring_place *place) {
    const char *path = results_checkpoint(run->results);
    *place = (struct scoring_place){.data = data};
    if (!results_resuming(run->results) || !path || access(path, F_OK) != 0) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(load(run, path, data, place));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

void scoring_next(struct scoring_place *place) {
    place->task++;
    place->item = 0;
    place->tally = (struct scoring_tally){0};
}
