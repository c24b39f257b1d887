#include "tasks.h"

#include "../base/file.h"
#include "../base/json_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 16, MOST_CHOICES = 64 };

/* A copy of a JSON string, owned by ctx. */
static enum attndyn_status text_of(struct attndyn_context *ctx, const json_t *value,
                                   struct attndyn_task_text *text) {
    size_t length = json_string_length(value);
    char *bytes;
    ATTNDYN_ALLOC(ctx, bytes, length + 1);
    memcpy(bytes, json_string_value(value), length);
    *text = (struct attndyn_task_text){bytes, length};
    return ATTNDYN_OK;
}

static size_t code_points(const struct attndyn_task_text *text) {
    size_t n = 0;
    for (size_t i = 0; i < text->length; i++) n += ((unsigned char)text->bytes[i] & 0xC0) != 0x80;
    return n;
}

static bool all_text(const json_t *list) {
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++)
        if (!json_is_string(json_array_get(list, i))) return false;
    return n >= 1 && n <= MOST_CHOICES;
}

static enum attndyn_status make_item(struct attndyn_context *ctx, const json_t *contexts,
                                     const json_t *context, const json_t *continuations,
                                     const json_t *continuation, size_t count,
                                     struct attndyn_task_item *item) {
    item->choices = count;
    ATTNDYN_ALLOC(ctx, item->choice, count);
    for (size_t k = 0; k < count; k++) {
        struct attndyn_task_choice *c = &item->choice[k];
        ATTNDYN_TRY(text_of(ctx, context ? context : json_array_get(contexts, k), &c->context));
        ATTNDYN_TRY(text_of(ctx, continuation ? continuation : json_array_get(continuations, k),
                            &c->continuation));
        c->characters = code_points(&c->continuation);
    }
    return ATTNDYN_OK;
}

/* *known: the object is one of the three forms. */
static enum attndyn_status item_of(struct attndyn_context *ctx, const json_t *object,
                                   struct attndyn_task_item *item, bool *known) {
    const json_t *query = json_object_get(object, "query"),
                 *choices = json_object_get(object, "choices"),
                 *options = json_object_get(object, "context_options"),
                 *context = json_object_get(object, "context"),
                 *continuation = json_object_get(object, "continuation"),
                 *gold = json_object_get(object, "gold");
    const json_t *list = query ? choices : options;
    *known = false;
    if (query || options) {
        if (!json_is_array(list) || !all_text(list) || !json_is_integer(gold)) return ATTNDYN_OK;
        if (query ? !json_is_string(query) : !json_is_string(continuation)) return ATTNDYN_OK;
        json_int_t at = json_integer_value(gold);
        if (at < 0 || (size_t)at >= json_array_size(list)) return ATTNDYN_OK;
        item->gold = (size_t)at;
        *known = true;
        return make_item(ctx, options, query, choices, query ? NULL : continuation,
                         json_array_size(list), item);
    }
    if (!json_is_string(context) || !json_is_string(continuation)) return ATTNDYN_OK;
    *known = true;
    return make_item(ctx, NULL, context, NULL, continuation, 1, item);
}

static enum attndyn_status read_line(struct attndyn_context *ctx, const char *line, size_t length,
                                     const char *origin, size_t number,
                                     struct attndyn_task_item *item) {
    char *where = attndyn_format(ctx, "%s, line %zu", origin, number);
    json_t *object;
    bool known = false;
    if (!where) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_json_parse(ctx, line, length, DEEPEST, where, &object));
    enum attndyn_status status = item_of(ctx, object, item, &known);
    json_decref(object);
    if (status != ATTNDYN_OK || known) return status;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: no evaluation item: expected query, choices and gold, or "
                        "context_options, continuation and gold, or context and continuation (gold "
                        "an index from 0)",
                        where);
}

static enum attndyn_status read_task(struct attndyn_context *ctx, const char *path, size_t limit,
                                     struct attndyn_task *task) {
    char *text;
    size_t length, room = 0, number = 0;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char *short_name = attndyn_strdup(ctx, name);
    if (!short_name) return ATTNDYN_NO_MEMORY;
    if (strlen(name) > 6 && strcmp(name + strlen(name) - 6, ".jsonl") == 0)
        short_name[strlen(name) - 6] = '\0';
    task->name = short_name;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    for (const char *at = text, *end = text + length; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at), blank = 0;
        const char *line = at;
        number++;
        at = stop ? stop + 1 : end;
        while (blank < n && strchr(" \t\r", line[blank]) && line[blank]) blank++;
        if (blank == n) continue;
        if (limit && task->items == limit) break;
        ATTNDYN_GROW(ctx, task->item, task->items, room, 64);
        ATTNDYN_TRY(read_line(ctx, line, n, path, number, &task->item[task->items]));
        task->items++;
    }
    attndyn_free(ctx, text);
    if (task->items > 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no evaluation item in it", path);
}

/* The paths of a folder's *.jsonl, by name. */
static enum attndyn_status paths_of(struct attndyn_context *ctx, const char *folder, char ***paths,
                                    size_t *count) {
    ATTNDYN_TRY(attndyn_folder_files(ctx, folder, ".jsonl", paths, count));
    if (*count == 0) return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no *.jsonl in it", folder);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tasks_read(struct attndyn_context *ctx, const char *path, size_t limit,
                                       struct attndyn_task **tasks, size_t *count) {
    struct stat about;
    char **paths, *one = attndyn_strdup(ctx, path);
    *count = 1;
    if (!one) return ATTNDYN_NO_MEMORY;
    paths = &one;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        ATTNDYN_TRY(paths_of(ctx, path, &paths, count));
    ATTNDYN_ALLOC(ctx, *tasks, *count);
    for (size_t i = 0; i < *count; i++) ATTNDYN_TRY(read_task(ctx, paths[i], limit, &(*tasks)[i]));
    return ATTNDYN_OK;
}
