#include "text_dataset.h"

#include "../base/file.h"
#include "../base/random.h"
#include "grammar.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

const char *const attndyn_split_names[ATTNDYN_SPLITS] = {"train", "valid", "test"};

/* The first name under which the split is there. */
enum attndyn_status attndyn_text_dataset_find(struct attndyn_context *ctx, const char *folder,
                                              enum attndyn_split split, char **path) {
    static const char *const stems[ATTNDYN_SPLITS][3] = {
        {"train"}, {"valid", "validation", "val"}, {"test"}};
    static const char *const prefixes[] = {"", "wiki."}, *const endings[] = {".txt", ".tokens",
                                                                             ".raw"};
    struct stat is;
    for (size_t s = 0; s < 3 && stems[split][s]; s++)
        for (size_t p = 0; p < 2; p++)
            for (size_t e = 0; e < 3; e++) {
                *path = attndyn_format(ctx, "%s/%s%s%s", folder, prefixes[p], stems[split][s],
                                       endings[e]);
                if (!*path) return ATTNDYN_NO_MEMORY;
                if (stat(*path, &is) == 0) return ATTNDYN_OK;
            }
    const char *name = attndyn_split_names[split];
    return attndyn_fail(
        ctx, ATTNDYN_NO_INPUT,
        "%s: no split '%s': expected a file %s.txt, %s.tokens or wiki.%s.tokens there", folder,
        name, name, name, name);
}

static enum attndyn_status check_split(struct attndyn_context *ctx,
                                       const struct attndyn_text_dataset *d, size_t split) {
    if (d->tokens[split].length) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no token in it: a text was expected",
                        d->origin[split]);
}

static enum attndyn_status read_folder(struct attndyn_context *ctx, const char *folder, size_t top,
                                       struct attndyn_text_dataset *d) {
    for (enum attndyn_split s = 0; s < ATTNDYN_SPLITS; s++) {
        char *path;
        ATTNDYN_TRY(attndyn_text_dataset_find(ctx, folder, s, &path));
        d->origin[s] = path;
    }
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        ATTNDYN_TRY(attndyn_tokenizer_read(ctx, &d->tokenizer, d->origin[s], &d->tokens[s]));
        ATTNDYN_TRY(check_split(ctx, d, s));
        if (s == ATTNDYN_TRAIN)
            ATTNDYN_TRY(attndyn_tokenizer_close(ctx, &d->tokenizer, top, &d->tokens[s]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status encode(struct attndyn_context *ctx, const char *const *from,
                                  const size_t *length, size_t top,
                                  struct attndyn_text_dataset *d) {
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        ATTNDYN_TRY(attndyn_tokenizer_encode(ctx, &d->tokenizer, from[s], length[s], d->origin[s],
                                             &d->tokens[s]));
        ATTNDYN_TRY(check_split(ctx, d, s));
        if (s == ATTNDYN_TRAIN)
            ATTNDYN_TRY(attndyn_tokenizer_close(ctx, &d->tokenizer, top, &d->tokens[s]));
    }
    return ATTNDYN_OK;
}

/* The beginning of the first line at or after `from`. */
static size_t line_at(const char *text, size_t length, size_t from) {
    while (from > 0 && from < length && text[from - 1] != '\n') from++;
    return from;
}

static enum attndyn_status read_file(struct attndyn_context *ctx, const char *path, size_t top,
                                     struct attndyn_text_dataset *d) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    const size_t valid = line_at(text, length, length - length / 10);
    const size_t test = line_at(text, length, valid + (length - valid) / 2);
    const char *const from[ATTNDYN_SPLITS] = {text, text + valid, text + test};
    const size_t lengths[ATTNDYN_SPLITS] = {valid, test - valid, length - test};
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        d->origin[s] = attndyn_format(ctx, "%s, its lines for %s", path, attndyn_split_names[s]);
        if (!d->origin[s]) return ATTNDYN_NO_MEMORY;
    }
    ATTNDYN_TRY(encode(ctx, from, lengths, top, d));
    attndyn_free(ctx, text);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_text_dataset_read(struct attndyn_context *ctx, const char *path,
                                              enum attndyn_tokenizer_kind kind, size_t top,
                                              struct attndyn_text_dataset *d) {
    struct stat is;
    if (stat(path, &is) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
    *d = (struct attndyn_text_dataset){0};
    ATTNDYN_TRY(attndyn_tokenizer_init(ctx, kind, &d->tokenizer));
    return S_ISDIR(is.st_mode) ? read_folder(ctx, path, top, d) : read_file(ctx, path, top, d);
}

enum attndyn_status attndyn_text_dataset_parse(struct attndyn_context *ctx,
                                               const char *const text[ATTNDYN_SPLITS],
                                               enum attndyn_tokenizer_kind kind, size_t top,
                                               struct attndyn_text_dataset *d) {
    size_t length[ATTNDYN_SPLITS];
    *d = (struct attndyn_text_dataset){0};
    ATTNDYN_TRY(attndyn_tokenizer_init(ctx, kind, &d->tokenizer));
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        d->origin[s] = attndyn_split_names[s];
        length[s] = strlen(text[s]);
    }
    return encode(ctx, text, length, top, d);
}

enum attndyn_status attndyn_text_dataset_generate(struct attndyn_context *ctx, size_t paragraphs,
                                                  size_t words, double common_share, uint64_t seed,
                                                  struct attndyn_text_dataset *d) {
    char *text[ATTNDYN_SPLITS];
    const char *const *read = (const char *const *)text;
    for (size_t s = 0; s < ATTNDYN_SPLITS; s++) {
        size_t length, count = s == ATTNDYN_TRAIN ? paragraphs : (paragraphs + 9) / 10;
        ATTNDYN_TRY(attndyn_grammar_generate(ctx, count, words, common_share,
                                             attndyn_random_derive(seed, attndyn_split_names[s], 0),
                                             &text[s], &length));
    }
    return attndyn_text_dataset_parse(ctx, read, ATTNDYN_TOKENIZER_WORD, 0, d);
}
