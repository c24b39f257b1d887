#include "inputs.h"

#include "experiments/frame/contract/printable.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/data/text_dataset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char away[] = ": away";

struct digest {
    uint64_t bytes, hash;
};

/* Is it the folder of a text, which has a training split? */
static bool has_splits(struct attndyn_context *ctx, const char *path) {
    char *split;
    bool has = attndyn_text_dataset_find(ctx, path, ATTNDYN_TRAIN, &split) == ATTNDYN_OK;
    if (!has) attndyn_message_clear(ctx);
    return has;
}

/* Names and contents of a folder's own files (a network's, a tokenizer's). */
static enum attndyn_status take_files(struct attndyn_context *ctx, const char *folder,
                                      struct digest *digest) {
    char **paths;
    size_t count;
    ATTNDYN_TRY(attndyn_folder_files(ctx, folder, "", &paths, &count));
    for (size_t i = 0; i < count; i++) {
        const char *name = strrchr(paths[i], '/') + 1;
        digest->hash = attndyn_hash_bytes(digest->hash, name, strlen(name) + 1);
        if (!attndyn_file_hash(paths[i], &digest->hash, &digest->bytes)) return ATTNDYN_NO_INPUT;
    }
    return ATTNDYN_OK;
}

/* ATTNDYN_NO_INPUT: it cannot be read, for whatever reason. */
static enum attndyn_status take(struct attndyn_context *ctx, const char *path,
                                struct digest *digest) {
    struct stat is;
    if (stat(path, &is) != 0) return ATTNDYN_NO_INPUT;
    if (!S_ISDIR(is.st_mode))
        return attndyn_file_hash(path, &digest->hash, &digest->bytes) ? ATTNDYN_OK
                                                                      : ATTNDYN_NO_INPUT;
    if (!has_splits(ctx, path)) return take_files(ctx, path, digest);
    for (enum attndyn_split s = 0; s < ATTNDYN_SPLITS; s++) {
        char *split;
        ATTNDYN_TRY(attndyn_text_dataset_find(ctx, path, s, &split));
        if (!attndyn_file_hash(split, &digest->hash, &digest->bytes)) return ATTNDYN_NO_INPUT;
    }
    return ATTNDYN_OK;
}

enum attndyn_status inputs_are_files(struct attndyn_context *ctx, const char *key,
                                     const char *path) {
    struct stat is;
    if (stat(path, &is) != 0 || S_ISREG(is.st_mode) || S_ISDIR(is.st_mode)) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_USAGE,
        "%s=%.1000s is %s: an input is read more than once, save it to a file first", key, path,
        S_ISFIFO(is.st_mode)  ? "a pipe"
        : S_ISCHR(is.st_mode) ? "a device"
                              : "no file");
}

static void stamp_one(FILE *to, const char *path) {
    struct stat is;
    if (stat(path, &is) == 0)
        fprintf(to, "%ju %ju %jd %jd.%09ld\n", (uintmax_t)is.st_dev, (uintmax_t)is.st_ino,
                (intmax_t)is.st_size, (intmax_t)is.st_mtim.tv_sec, is.st_mtim.tv_nsec);
    else
        fputs("away\n", to);
}

enum attndyn_status inputs_stamp(struct attndyn_context *ctx, const struct params *params,
                                 char **stamp) {
    const struct param *all = params_experiment(params)->params;
    for (const struct param *p = all; p && p->name; p++)
        if (p->type == PARAM_FILE)
            ATTNDYN_TRY(inputs_are_files(ctx, p->name, param_text(params, p->name)));
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    for (const struct param *p = all; p && p->name; p++) {
        const char *path = p->type == PARAM_FILE ? param_text(params, p->name) : "";
        if (!*path) continue;
        stamp_one(to.stream, path);
        char *split, **files;
        size_t count = 0;
        if (!has_splits(ctx, path) && attndyn_folder_files(ctx, path, "", &files, &count))
            attndyn_message_clear(ctx); /* a file, or away */
        for (size_t i = 0; i < count; i++) stamp_one(to.stream, files[i]);
        for (enum attndyn_split s = 0; s < ATTNDYN_SPLITS; s++)
            if (attndyn_text_dataset_find(ctx, path, s, &split) == ATTNDYN_OK)
                stamp_one(to.stream, split);
            else
                attndyn_message_clear(ctx); /* no folder, or none of that split */
    }
    return attndyn_text_end(&to, stamp);
}

enum attndyn_status inputs_line(struct attndyn_context *ctx, FILE *to, const char *key,
                                const char *path) {
    struct digest digest = {0, attndyn_hash_start};
    char *name = printable_text(ctx, path);
    if (!name) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = take(ctx, path, &digest);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status) {
        attndyn_message_clear(ctx);
        fprintf(to, "%s %s%s\n", key, name, away);
        attndyn_free(ctx, name);
        return ATTNDYN_OK;
    }
    fprintf(to, "%s %s: %" PRIu64 " bytes, fnv1a %016" PRIx64 "\n", key, name, digest.bytes,
            digest.hash);
    attndyn_free(ctx, name);
    return ATTNDYN_OK;
}

enum attndyn_status inputs_text(struct attndyn_context *ctx, const struct params *params,
                                char **text) {
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    enum attndyn_status status = ATTNDYN_OK;
    for (const struct param *p = params_experiment(params)->params; p && p->name && !status; p++)
        if (p->type == PARAM_FILE && *param_text(params, p->name))
            status = inputs_line(ctx, to.stream, p->name, param_text(params, p->name));
    enum attndyn_status ended = attndyn_text_end(&to, text);
    return status ? status : ended;
}

bool inputs_agree(const char *held, const char *now) {
    for (;;) {
        size_t a = strcspn(held, "\n"), b = strcspn(now, "\n"), end = sizeof away - 1;
        bool gone = b > end && strncmp(now + b - end, away, end) == 0;
        if (!gone && (a != b || strncmp(held, now, a) != 0)) return false;
        if (!held[a] || !now[b]) return held[a] == now[b];
        held += a + 1;
        now += b + 1;
    }
}
