/* Published networks copied into a folder and changed there: what is refused of them, and in which
 * words. */
#ifndef TESTS_TRANSFORMER_FOREIGN_FOLDER_H
#define TESTS_TRANSFORMER_FOREIGN_FOLDER_H

#include "sim/base/file.h"
#include "sim/model/transformer/foreign/model.h"
#include "tests/folder.h"

#include <string.h>

TESTS_WITH_A_FOLDER("foreign", "config.json model.safetensors model.safetensors.index.json "
                               "model-0000[12]-of-00002.safetensors pytorch_model.bin model.bin");

static char *get(const char *network, const char *name, size_t *length) {
    static char *bytes; /* static, as gcc would otherwise warn of a dangling pointer */
    assert_ok(ctx, attndyn_file_read(
                       ctx, attndyn_format(ctx, "tests/reference/families/%s/%s", network, name),
                       &bytes, length));
    return bytes;
}

static void copy(const char *network, const char *name) {
    size_t length;
    char *bytes = get(network, name, &length);
    file_put(within(name), bytes, length);
}

/* The file of a network with `old` replaced by `new` once. */
static void edit(const char *network, const char *name, const char *old, const char *new) {
    size_t length;
    const char *text = get(network, name, &length), *at = strstr(text, old);
    ck_assert_msg(at != NULL, "%s/%s has no %s", network, name, old);
    const char *edited =
        attndyn_format(ctx, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    file_put(within(name), edited, strlen(edited));
}

/* The opening of `path` fails for its input, in a line that has all of `words` ("a|b"). */
static void refused(const char *path, const char *words) {
    struct attndyn_model *model;
    enum attndyn_status status = attndyn_model_open(ctx, path, &model);
    const char *message = attndyn_message(ctx);
    ck_assert_msg(status == ATTNDYN_NO_INPUT, "status %d: %s", (int)status, message);
    for (const char *w = words; *w; w += strcspn(w, "|"), w += *w == '|') {
        const char *word = attndyn_format(ctx, "%.*s", (int)strcspn(w, "|"), w);
        ck_assert_msg(strstr(message, word) != NULL, "'%s' is not in: %s", word, message);
    }
    attndyn_message_clear(ctx);
}

#endif
