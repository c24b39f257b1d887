/* Files that are not what they say: none may be opened. */
#include "published.h"
#include "sim/model/transformer/foreign/export.h"
#include "sim/model/transformer/foreign/model.h"

#include <string.h>

static const struct {
    const char *damage;
    size_t family; /* in published[] */
    enum damage how;
    const char *from, *to; /* of the text of its config; NULL: as it is */
} damaged[] = {
    {"a tensor without a place", 0, DAMAGE_UNKNOWN, NULL, NULL},
    {"a tensor is missing", 2, DAMAGE_MISSING, NULL, NULL},
    {"a tensor of another shape", 3, DAMAGE_SHAPE, NULL, NULL},
    {"half a file", 5, DAMAGE_HALF, NULL, NULL},
    {"half a file", 11, DAMAGE_HALF, NULL, NULL},
    {"the index puts a tensor into the other shard", 0, DAMAGE_INDEX, NULL, NULL},
    {"more layers than there are", 7, DAMAGE_NONE, "\"num_hidden_layers\": 2",
     "\"num_hidden_layers\": 200000000"},
    {"fewer layers than there are", 5, DAMAGE_NONE, "\"num_hidden_layers\": 2",
     "\"num_hidden_layers\": 1"},
    {"scaled rotary positions", 2, DAMAGE_NONE, "\"sliding_window\"",
     "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}, \"sliding_window\""},
    {"quantised weights", 0, DAMAGE_NONE, "\"rms_norm_eps\"",
     "\"quantization_config\": {\"bits\": 4}, \"rms_norm_eps\""},
    {"an activation that nobody has", 3, DAMAGE_NONE, "gelu_new", "gelu_other"},
    {"no family of that name", 9, DAMAGE_NONE, "\"bloom\"", "\"blossom\""},
    {"kinds of layers for another depth", 10, DAMAGE_NONE, "\"local\"], 1", "\"local\"], 2"}};

static enum attndyn_status config_of(struct attndyn_context *ctx, size_t i, char **config) {
    const char *text = published[damaged[i].family].config, *at;
    *config = NULL;
    if (!damaged[i].from) return ATTNDYN_OK;
    at = strstr(text, damaged[i].from);
    if (!at) return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "no %s to damage", damaged[i].from);
    *config = attndyn_format(ctx, "%.*s%s%s", (int)(at - text), text, damaged[i].to,
                             at + strlen(damaged[i].from));
    return *config ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

/* *opened: whether it was; another status than "no such input" ends the run. */
static enum attndyn_status open_damaged(const struct trial *run, const struct families *p, size_t i,
                                        const char *folder, bool *opened) {
    const struct published *family = &published[damaged[i].family];
    struct attndyn_model *model;
    struct plain *network;
    uint32_t *tokens;
    size_t matrices;
    char *config;
    ATTNDYN_TRY(config_of(run->ctx, i, &config));
    ATTNDYN_TRY(published_draw(run->ctx, p, family, &network, &tokens));
    ATTNDYN_TRY(
        published_write(run->ctx, family, network, config, damaged[i].how, folder, &matrices));
    char *path = published_path(run->ctx, family, folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = attndyn_model_open(run->ctx, path, &model);
    *opened = status == ATTNDYN_OK;
    return status == ATTNDYN_NO_INPUT ? ATTNDYN_OK : status;
}

/* A network that a family cannot describe must not be written as one of it. */
static enum attndyn_status write_as_another(const struct trial *run, const struct families *p,
                                            const char *from, const char *to, bool *opened) {
    const struct published *gpt2 = &published[3];
    struct attndyn_model *model;
    struct plain *network;
    uint32_t *tokens;
    size_t matrices;
    ATTNDYN_TRY(published_draw(run->ctx, p, gpt2, &network, &tokens));
    ATTNDYN_TRY(published_write(run->ctx, gpt2, network, NULL, DAMAGE_NONE, from, &matrices));
    ATTNDYN_TRY(attndyn_model_open(run->ctx, from, &model));
    enum attndyn_status status =
        attndyn_model_export(run->ctx, &model->weights, "gpt_neo", ATTNDYN_F32, to);
    *opened = status == ATTNDYN_OK;
    return status == ATTNDYN_USAGE ? ATTNDYN_OK : status;
}

enum attndyn_status families_refused(const struct trial *run, const struct families *p) {
    char *folder, *other;
    bool opened;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(families_folder(run->ctx, &folder));
        enum attndyn_status status = open_damaged(run, p, i, folder, &opened);
        families_remove(run->ctx, folder);
        attndyn_memory_release(run->ctx, mark);
        ATTNDYN_TRY(status);
        ATTNDYN_TRY(EMIT(run, refused, .family = published[damaged[i].family].name,
                         .damage = damaged[i].damage, .opened = opened));
    }
    ATTNDYN_TRY(families_folder(run->ctx, &folder));
    enum attndyn_status status = families_folder(run->ctx, &other);
    if (!status) {
        status = write_as_another(run, p, folder, other, &opened);
        families_remove(run->ctx, other);
    }
    families_remove(run->ctx, folder);
    ATTNDYN_TRY(status);
    return EMIT(run, refused, .family = published[3].name, .damage = "written as gpt_neo",
                .opened = opened);
}
