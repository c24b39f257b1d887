/* Evaluation items: questions with choices, and texts with one continuation; one JSON object a
 * line, UTF-8, in three forms:
 *     {"query": text, "choices": [text, ...], "gold": index}                  " " + choice behind
 * query
 *     {"context_options": [text, ...], "continuation": text, "gold": index}   " " + text behind
 * each
 *     {"context": text, "continuation": text}                                 no choice: is it
 * greedy?
 */
#ifndef ATTNDYN_DATA_TASKS_H
#define ATTNDYN_DATA_TASKS_H

#include "../base/context.h"

struct attndyn_task_text {
    const char *bytes; /* UTF-8 */
    size_t length;
};
struct attndyn_task_choice {
    struct attndyn_task_text context, continuation; /* a blank stands between them, in neither */
    size_t characters;                              /* code points of the continuation */
};
struct attndyn_task_item {
    struct attndyn_task_choice *choice;
    size_t choices; /* 1: no choice */
    size_t gold;
};
struct attndyn_task {
    const char *name; /* of its file, without .jsonl */
    struct attndyn_task_item *item;
    size_t items;
};

/* A file, or a folder's *.jsonl by name; of each the first `limit` items (0: all). Other members of
 * an object are passed over. Owned by ctx. ATTNDYN_NO_INPUT: nothing there, or a line of another
 * form, which is named by its number. */
enum attndyn_status attndyn_tasks_read(struct attndyn_context *ctx, const char *path, size_t limit,
                                       struct attndyn_task **tasks, size_t *count);

#endif
