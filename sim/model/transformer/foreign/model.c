/* Of both precisions: the vectors of a model are attndyn_real. */
#include "model.h"

#include "../../../base/file.h"
#include "../checkpoint.h"
#include "bind.h"
#include "config_json.h"
#include "llama2c.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_CONFIG = 1 << 22 }; /* bytes of a config.json */

static enum attndyn_status read_config(struct attndyn_context *ctx, const char *folder, char **path,
                                       const void **text, size_t *length) {
    *path = attndyn_format(ctx, "%s/config.json", folder);
    if (!*path) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = attndyn_file_map(ctx, *path, text, length);
    if (status)
        return attndyn_fail_while(ctx, status, "model %s is no folder of a published network",
                                  folder);
    if (*length <= LARGEST_CONFIG) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: %zu bytes are no config of a network", *path,
                        *length);
}

static enum attndyn_status open_folder(struct attndyn_context *ctx, const char *folder,
                                       struct attndyn_model *model) {
    struct attndyn_store store;
    struct attndyn_transformer_config config;
    const struct attndyn_family *family;
    char *path;
    const void *text;
    size_t length;
    long long bos;
    ATTNDYN_TRY(read_config(ctx, folder, &path, &text, &length));
    ATTNDYN_TRY(attndyn_store_open(ctx, folder, &store));
    ATTNDYN_TRY(attndyn_config_json(ctx, text, length, path, store.count, &family, &config));
    ATTNDYN_TRY(attndyn_store_strip(ctx, &store, family->prefix));
    model->family = family->name;
    ATTNDYN_TRY(attndyn_config_json_number(ctx, text, length, path, "bos_token_id",
                                           (long long)config.vocabulary - 1, &bos));
    if (bos >= 0) model->bos = (uint32_t)bos;
    enum attndyn_status status = attndyn_model_bind(ctx, &store, family, NULL, &config, model);
    return status ? attndyn_fail_while(ctx, status, "%s", folder) : ATTNDYN_OK;
}

/* A checkpoint of a training keeps its config in the metadata. */
static enum attndyn_status open_checkpoint(struct attndyn_context *ctx, const char *path,
                                           const struct attndyn_safetensors *file, const char *text,
                                           struct attndyn_model *model) {
    static const char *const others[] = {"optimizer.*", "run.*", NULL};
    struct attndyn_store store;
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(attndyn_checkpoint_intact(ctx, file));
    ATTNDYN_TRY(attndyn_store_of(ctx, file, &store));
    ATTNDYN_TRY(attndyn_transformer_config_parse(ctx, text, &config));
    if (config.layers > store.count)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: %zu layers in %zu tensors: damaged", path,
                            config.layers, store.count);
    enum attndyn_status status = attndyn_transformer_config_resolve(ctx, &config);
    if (status) return attndyn_fail_while(ctx, ATTNDYN_NO_INPUT, "%s", path);
    model->family = "attndyn";
    return attndyn_model_bind(ctx, &store, NULL, others, &config, model);
}

static enum attndyn_status open_safetensors(struct attndyn_context *ctx, const char *path,
                                            const void *bytes, size_t length,
                                            struct attndyn_model *model) {
    struct attndyn_safetensors file;
    ATTNDYN_TRY(attndyn_safetensors_parse(ctx, bytes, length, path, &file));
    const char *config = attndyn_safetensors_metadata(&file, "config");
    if (config) return open_checkpoint(ctx, path, &file, config, model);
    const char *slash = strrchr(path, '/');
    char *folder = attndyn_format(ctx, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    char *beside = folder ? attndyn_format(ctx, "%s/config.json", folder) : NULL;
    if (!beside) return ATTNDYN_NO_MEMORY;
    if (access(beside, F_OK) == 0) return open_folder(ctx, folder, model);
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: no checkpoint of ours (no config in its metadata), and no config.json "
                        "beside it",
                        path);
}

static enum attndyn_status open_llama2c(struct attndyn_context *ctx, const char *path,
                                        const void *bytes, size_t length,
                                        struct attndyn_model *model) {
    struct attndyn_store store;
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(attndyn_llama2c_parse(ctx, bytes, length, path, &store, &config));
    model->family = "llama2.c";
    if (config.vocabulary > 1) model->bos = 1;
    return attndyn_model_bind(ctx, &store, NULL, NULL, &config, model);
}

/* Zip archives (PyTorch's since 1.6) and bare pickles of protocol 2 and later. */
static bool is_pickle(const unsigned char *bytes, size_t length) {
    return length >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || (bytes[0] == 0x80 && bytes[1] < 6));
}

static enum attndyn_status open_file(struct attndyn_context *ctx, const char *path,
                                     struct attndyn_model *model) {
    const void *bytes;
    size_t length;
    ATTNDYN_TRY(attndyn_file_map(ctx, path, &bytes, &length));
    if (attndyn_safetensors_likely(bytes, length))
        return open_safetensors(ctx, path, bytes, length, model);
    if (is_pickle(bytes, length))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, ATTNDYN_PICKLE_MESSAGE, path, "FOLDER",
                            "FOLDER");
    if (length >= 4 && memcmp(bytes, "GGUF", 4) == 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: GGUF files are not read: give the folder that it was made from",
                            path);
    return open_llama2c(ctx, path, bytes, length, model);
}

enum attndyn_status attndyn_model_open(struct attndyn_context *ctx, const char *path,
                                       struct attndyn_model **model) {
    struct stat about;
    struct attndyn_model *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->origin = attndyn_strdup(ctx, path);
    if (!m->origin) return ATTNDYN_NO_MEMORY;
    m->bos = ATTNDYN_MODEL_NO_TOKEN;
    bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    ATTNDYN_TRY(folder ? open_folder(ctx, path, m) : open_file(ctx, path, m));
    *model = m;
    return ATTNDYN_OK;
}

char *attndyn_model_describe(struct attndyn_context *ctx, const struct attndyn_model *m) {
    char *text = attndyn_format(ctx, "%s, %zu weights, %.1f MB mapped, %.1f MB copied", m->family,
                                m->numbers, 1e-6 * (double)m->mapped, 1e-6 * (double)m->copied);
    if (text && m->transposed > 0)
        text = attndyn_format(ctx, "%s, %zu matrices stored (in, out)", text, m->transposed);
    if (text && m->fused > 0)
        text = attndyn_format(ctx, "%s, %zu stored head by head", text, m->fused);
    return text;
}
