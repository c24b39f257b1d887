#include "store.h"

#include "../../../base/file.h"
#include "../../../base/json_private.h"
#include "family.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct attndyn_stored *)a)->tensor.name,
                  ((const struct attndyn_stored *)b)->tensor.name);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum attndyn_status append(struct attndyn_context *ctx, struct attndyn_store *store,
                                  const struct attndyn_safetensors *file) {
    size_t count = store->count + file->n_tensors;
    ATTNDYN_RESIZE(ctx, store->tensors, store->count, count);
    ATTNDYN_RESIZE(ctx, store->files, store->n_files, store->n_files + 1);
    store->files[store->n_files++] = (struct attndyn_store_file){file->bytes, file->length};
    for (size_t i = 0; i < file->n_tensors; i++)
        store->tensors[store->count++] = (struct attndyn_stored){
            .tensor = file->tensors[i], .full = file->tensors[i].name, .origin = file->origin};
    return ATTNDYN_OK;
}

static enum attndyn_status sort(struct attndyn_context *ctx, struct attndyn_store *store) {
    qsort(store->tensors, store->count, sizeof *store->tensors, by_name);
    for (size_t i = 0; i + 1 < store->count; i++)
        if (by_name(&store->tensors[i], &store->tensors[i + 1]) == 0)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "tensor %.100s of %s is there twice: %.100s of %s",
                                store->tensors[i].full, store->tensors[i].origin,
                                store->tensors[i + 1].full, store->tensors[i + 1].origin);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_store_of(struct attndyn_context *ctx,
                                     const struct attndyn_safetensors *file,
                                     struct attndyn_store *store) {
    *store = (struct attndyn_store){0};
    ATTNDYN_TRY(append(ctx, store, file));
    return sort(ctx, store);
}

enum attndyn_status attndyn_store_strip(struct attndyn_context *ctx, struct attndyn_store *store,
                                        const char *prefixes) {
    for (size_t i = 0; i < store->count; i++) {
        const char *name = store->tensors[i].full;
        for (const char *p = prefixes; *p; p += strcspn(p, "|"), p += *p == '|') {
            size_t length = strcspn(p, "|");
            if (strncmp(name, p, length) != 0) continue;
            name += length;
            break;
        }
        store->tensors[i].tensor.name = name;
    }
    return sort(ctx, store);
}

void attndyn_store_read_ahead(const struct attndyn_store *store) {
    for (size_t i = 0; i < store->n_files; i++)
        attndyn_file_read_ahead(store->files[i].bytes, store->files[i].length);
}

struct attndyn_stored *attndyn_store_find(const struct attndyn_store *store, const char *name) {
    const struct attndyn_stored key = {.tensor.name = name};
    if (store->count == 0) return NULL;
    return bsearch(&key, store->tensors, store->count, sizeof key, by_name);
}

/* ------------------------------------------------------------------ shards */

static enum attndyn_status list_files(struct attndyn_context *ctx, json_t *root, const char *origin,
                                      const char ***files, size_t *count) {
    json_t *map = json_object_get(root, "weight_map"), *file;
    const char *name, **all;
    size_t n = 0;
    if (!json_is_object(map))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no object weight_map in it", origin);
    ATTNDYN_ALLOC(ctx, all, json_object_size(map));
    json_object_foreach(map, name, file) {
        const char *text = json_string_value(file);
        if (!text || !*text || strchr(text, '/') || strlen(text) != json_string_length(file))
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: %.100s lies in no file of this folder: '%.100s'", origin, name,
                                text ? text : "");
        all[n++] = text;
    }
    qsort(all, n, sizeof *all, by_text);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        if (*count > 0 && strcmp(all[*count - 1], all[i]) == 0) continue;
        all[(*count)++] = all[i];
    }
    for (size_t i = 0; i < *count; i++)
        if (!(all[i] = attndyn_strdup(ctx, all[i]))) return ATTNDYN_NO_MEMORY;
    *files = all;
    return ATTNDYN_OK;
}

/* The names of `weight_map` and the tensors in the files are the same. */
static enum attndyn_status check_index(struct attndyn_context *ctx, json_t *root,
                                       const char *folder, const struct attndyn_store *store) {
    json_t *map = json_object_get(root, "weight_map"), *file;
    const char *name;
    json_object_foreach(map, name, file) {
        const struct attndyn_stored *held = attndyn_store_find(store, name);
        char *path = attndyn_format(ctx, "%s/%s", folder, json_string_value(file));
        if (!path) return ATTNDYN_NO_MEMORY;
        if (!held || strcmp(held->origin, path) != 0)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: no tensor %.100s, which the index says is there", path, name);
        attndyn_free(ctx, path);
    }
    for (size_t i = 0; i < store->count; i++)
        if (!json_object_get(map, store->tensors[i].full))
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: tensor %.100s is not in the index beside it: files of two "
                                "networks?",
                                store->tensors[i].origin, store->tensors[i].full);
    return ATTNDYN_OK;
}

enum { INDEX_DEPTH = 8 };

enum attndyn_status attndyn_store_index(struct attndyn_context *ctx, const char *text,
                                        size_t length, const char *origin, const char ***files,
                                        size_t *count) {
    json_t *root;
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, INDEX_DEPTH, origin, &root));
    enum attndyn_status status = list_files(ctx, root, origin, files, count);
    json_decref(root);
    return status;
}

/* Other frameworks name and transpose tensors differently; if the file names its framework, it must
 * be PyTorch. */
static enum attndyn_status map_file(struct attndyn_context *ctx, const char *path,
                                    struct attndyn_safetensors *file) {
    ATTNDYN_TRY(attndyn_safetensors_map(ctx, path, file));
    const char *format = attndyn_safetensors_metadata(file, "format");
    if (!format || strcmp(format, "pt") == 0 || strcmp(format, "np") == 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: its tensors are in the form of '%.20s', expected PyTorch's ('pt')",
                        path, format);
}

static enum attndyn_status open_shards(struct attndyn_context *ctx, const char *folder,
                                       const char *index, struct attndyn_store *store) {
    char *text;
    size_t length, count;
    const char **files;
    json_t *root;
    ATTNDYN_TRY(attndyn_file_read(ctx, index, &text, &length));
    ATTNDYN_TRY(attndyn_store_index(ctx, text, length, index, &files, &count));
    for (size_t i = 0; i < count; i++) {
        struct attndyn_safetensors file;
        char *path = attndyn_format(ctx, "%s/%s", folder, files[i]);
        if (!path) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(map_file(ctx, path, &file));
        ATTNDYN_TRY(append(ctx, store, &file));
    }
    ATTNDYN_TRY(sort(ctx, store));
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, INDEX_DEPTH, index, &root));
    enum attndyn_status status = check_index(ctx, root, folder, store);
    json_decref(root);
    return status;
}

/* ------------------------------------------------------------------ folders */

/* *path: the file of that name, owned by ctx; NULL where there is none. */
static enum attndyn_status look_for(struct attndyn_context *ctx, const char *folder,
                                    const char *name, char **path) {
    *path = attndyn_format(ctx, "%s/%s", folder, name);
    if (!*path) return ATTNDYN_NO_MEMORY;
    if (access(*path, F_OK) != 0) *path = NULL;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_store_open(struct attndyn_context *ctx, const char *folder,
                                       struct attndyn_store *store) {
    static const char *const pickles[] = {"pytorch_model.bin", "pytorch_model.bin.index.json"};
    struct attndyn_safetensors file;
    char *path;
    *store = (struct attndyn_store){0};
    /* in the order in which those libraries look */
    ATTNDYN_TRY(look_for(ctx, folder, "model.safetensors", &path));
    if (path) {
        ATTNDYN_TRY(map_file(ctx, path, &file));
        return attndyn_store_of(ctx, &file, store);
    }
    ATTNDYN_TRY(look_for(ctx, folder, "model.safetensors.index.json", &path));
    if (path) return open_shards(ctx, folder, path, store);
    for (size_t i = 0; i < sizeof pickles / sizeof *pickles; i++) {
        ATTNDYN_TRY(look_for(ctx, folder, pickles[i], &path));
        if (path)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT, ATTNDYN_PICKLE_MESSAGE, path, folder,
                                folder);
    }
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: no model.safetensors and no model.safetensors.index.json in it",
                        folder);
}
