#include "checkpoint.h"

#include "../../base/hash.h"

#include <inttypes.h>
#include <string.h>

/* The dtype of attndyn_real. */
#ifdef ATTNDYN_DOUBLE
static const enum attndyn_dtype weights = ATTNDYN_F64;
#define TENSOR_TO_REAL attndyn_tensor_to_double
#else
static const enum attndyn_dtype weights = ATTNDYN_F32;
#define TENSOR_TO_REAL attndyn_tensor_to_float
#endif

/* Everything that a checkpoint holds, as tensors: parameters, moments, arrays. */
struct contents {
    struct attndyn_tensor *tensors; /* data NULL: room for what is read */
    void **to;                      /* where the numbers live */
    size_t count;
};

static enum attndyn_status add(struct attndyn_context *ctx, struct contents *all,
                               const char *prefix, const char *name, enum attndyn_dtype dtype,
                               void *values) {
    struct attndyn_tensor *t = &all->tensors[all->count];
    t->name = attndyn_format(ctx, "%s%s", prefix, name);
    t->dtype = dtype;
    t->data = all->to[all->count++] = values;
    return t->name ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status add_parameters(struct attndyn_context *ctx, struct contents *all,
                                          const char *prefix, struct attndyn_parameter *parameters,
                                          size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct attndyn_parameter *p = &parameters[i];
        struct attndyn_tensor *t = &all->tensors[all->count];
        ATTNDYN_TRY(add(ctx, all, prefix, p->name, weights, p->value));
        t->dimensions = p->dimensions == 1 ? 1 : 2;
        t->shape[0] = p->dimensions == 1 ? attndyn_parameter_count(p) : p->rows;
        t->shape[1] = p->columns;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status contents_of(struct attndyn_context *ctx,
                                       const struct attndyn_checkpoint *c, struct contents *all) {
    size_t n_parameters, n_state = 0;
    struct attndyn_parameter *parameters, *state = NULL;
    parameters = attndyn_transformer_parameters(c->model, &n_parameters);
    if (c->optimizer) state = attndyn_optimizer_state(c->optimizer, &n_state);
    ATTNDYN_ALLOC(ctx, all->tensors, n_parameters + c->n_further + n_state + c->n_arrays);
    ATTNDYN_ALLOC(ctx, all->to, n_parameters + c->n_further + n_state + c->n_arrays);
    all->count = 0;
    ATTNDYN_TRY(add_parameters(ctx, all, "", parameters, n_parameters));
    ATTNDYN_TRY(add_parameters(ctx, all, "adapter.", c->further, c->n_further));
    ATTNDYN_TRY(add_parameters(ctx, all, "optimizer.", state, n_state));
    for (size_t i = 0; i < c->n_arrays; i++) {
        struct attndyn_tensor *t = &all->tensors[all->count];
        ATTNDYN_TRY(add(ctx, all, "run.", c->arrays[i].name, ATTNDYN_F64, c->arrays[i].values));
        t->dimensions = 1;
        t->shape[0] = c->arrays[i].count;
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ checksum */

/* The sum of a hash of each entry: in any order, it shows a changed, missing or additional byte. It
 * covers the header's JSON, the numbers and all counters. */
static const char checksum_key[] = "checksum";

static uint64_t hash_number(uint64_t h, uint64_t number, size_t bytes) {
    for (size_t b = 0; b < bytes; b++) h = attndyn_hash_word(h, number >> 8 * b & 255);
    return h;
}

static uint64_t hash_metadata(const struct attndyn_metadata *metadata, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(metadata[i].key, checksum_key) == 0) continue;
        uint64_t h =
            attndyn_hash_bytes(attndyn_hash_start, metadata[i].key, strlen(metadata[i].key) + 1);
        sum += attndyn_hash_bytes(h, metadata[i].value, strlen(metadata[i].value) + 1);
    }
    return sum;
}

/* raw: numbers as in a file, little-endian, of a file that was read. */
static uint64_t hash_tensors(const struct attndyn_tensor *tensors, size_t count, bool raw) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct attndyn_tensor *t = &tensors[i];
        size_t width = attndyn_dtype_bytes(t->dtype), n = attndyn_tensor_count(t);
        uint64_t h = attndyn_hash_bytes(attndyn_hash_start, t->name, strlen(t->name) + 1);
        h = hash_number(h, (uint64_t)t->dtype, 1);
        for (size_t d = 0; d < t->dimensions; d++) h = hash_number(h, t->shape[d], 8);
        if (raw) h = attndyn_hash_bytes(h, t->data, n * width);
        for (size_t k = 0; !raw && k < n; k++) {
            uint64_t bits;
            uint32_t word;
            if (width == 8)
                memcpy(&bits, (const char *)t->data + k * width, 8);
            else
                memcpy(&word, (const char *)t->data + k * width, 4), bits = word;
            h = hash_number(h, bits, width);
        }
        sum += h;
    }
    return sum;
}

enum attndyn_status attndyn_checkpoint_intact(struct attndyn_context *ctx,
                                              const struct attndyn_safetensors *file) {
    uint64_t held;
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, file, checksum_key, &held));
    if (held == hash_metadata(file->metadata, file->n_metadata) +
                    hash_tensors(file->tensors, file->n_tensors, true))
        return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: damaged: its bytes are not those that were written (checksum); take "
                        "a copy, or start anew",
                        file->origin);
}

/* ------------------------------------------------------------------ writing */

static enum attndyn_status write_all(struct attndyn_context *ctx,
                                     const struct attndyn_checkpoint *c, const char *path) {
    struct contents all;
    struct attndyn_metadata *metadata;
    size_t n = 0;
    ATTNDYN_TRY(contents_of(ctx, c, &all));
    ATTNDYN_ALLOC(ctx, metadata, c->n_counters + 4);
    metadata[n++] = (struct attndyn_metadata){
        "config", attndyn_transformer_config_text(ctx, attndyn_transformer_config_of(c->model))};
    for (size_t i = 0; i < c->n_counters; i++)
        metadata[n++] =
            (struct attndyn_metadata){attndyn_format(ctx, "counter.%s", c->counters[i].name),
                                      attndyn_format(ctx, "%" PRIu64, *c->counters[i].value)};
    if (c->optimizer)
        metadata[n++] = (struct attndyn_metadata){
            "optimizer.steps",
            attndyn_format(ctx, "%" PRIu64, attndyn_optimizer_steps(c->optimizer))};
    if (c->text) metadata[n++] = (struct attndyn_metadata){"text", c->text};
    for (size_t i = 0; i < n; i++)
        if (!metadata[i].key || !metadata[i].value) return ATTNDYN_NO_MEMORY;
    uint64_t sum = hash_metadata(metadata, n) + hash_tensors(all.tensors, all.count, false);
    metadata[n] = (struct attndyn_metadata){checksum_key, attndyn_format(ctx, "%" PRIu64, sum)};
    if (!metadata[n++].value) return ATTNDYN_NO_MEMORY;
    return attndyn_safetensors_write(ctx, path, all.tensors, all.count, metadata, n);
}

enum attndyn_status attndyn_checkpoint_write(struct attndyn_context *ctx,
                                             const struct attndyn_checkpoint *checkpoint,
                                             const char *path) {
    uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = write_all(ctx, checkpoint, path);
    attndyn_memory_release(ctx, mark);
    return status;
}

/* ------------------------------------------------------------------ reading */

/* Two texts "key=value key=value": the first word in which they differ. */
static enum attndyn_status same_config(struct attndyn_context *ctx, const char *path,
                                       const char *held, const char *wanted) {
    while (*held && *wanted) {
        size_t a = strcspn(held, " "), b = strcspn(wanted, " ");
        if (a != b || strncmp(held, wanted, a) != 0) break;
        held += a + (held[a] == ' ');
        wanted += b + (wanted[b] == ' ');
    }
    if (!*held && !*wanted) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s is of another transformer: it has %.*s, asked for is %.*s", path,
                        (int)strcspn(held, " "), held, (int)strcspn(wanted, " "), wanted);
}

/* The tensor of the file that `t` stands for, checked. */
static enum attndyn_status find(struct attndyn_context *ctx, const struct attndyn_safetensors *file,
                                struct attndyn_tensor *t) {
    const struct attndyn_tensor *held = attndyn_safetensors_find(file, t->name);
    if (!held)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no tensor %s: not a checkpoint of this run",
                            file->origin, t->name);
    if (held->dtype != t->dtype)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE, "%s: %s is %s, expected %s: a checkpoint of the other precision",
            file->origin, t->name, attndyn_dtype_name(held->dtype), attndyn_dtype_name(t->dtype));
    bool same = held->dimensions == t->dimensions;
    for (size_t i = 0; same && i < t->dimensions; i++) same = held->shape[i] == t->shape[i];
    if (!same)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: %s is of another shape than the model's (%zu, %zu)", file->origin,
                            t->name, t->shape[0], t->dimensions == 2 ? t->shape[1] : 1);
    t->data = held->data;
    return ATTNDYN_OK;
}

/* Checks that every tensor of the file was read, except those that the caller did not ask for. */
static enum attndyn_status check_all_known(struct attndyn_context *ctx,
                                           const struct attndyn_checkpoint *c,
                                           const struct attndyn_safetensors *file,
                                           const struct contents *all) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        const char *name = file->tensors[i].name;
        if (!c->optimizer && strncmp(name, "optimizer.", 10) == 0) continue;
        if (c->n_arrays == 0 && strncmp(name, "run.", 4) == 0) continue;
        size_t k = 0;
        while (k < all->count && strcmp(all->tensors[k].name, name) != 0) k++;
        if (k == all->count)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: tensor %.100s is none of this run's: not its checkpoint",
                                file->origin, name);
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_checkpoint_read(struct attndyn_context *ctx,
                                            struct attndyn_checkpoint *c, const char *path) {
    struct attndyn_safetensors file;
    struct contents all;
    uint64_t *counters, steps = 0;
    ATTNDYN_TRY(attndyn_safetensors_read(ctx, path, &file));
    const char *held = attndyn_safetensors_metadata(&file, "config");
    const char *wanted =
        attndyn_transformer_config_text(ctx, attndyn_transformer_config_of(c->model));
    if (!wanted) return ATTNDYN_NO_MEMORY;
    if (!held)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no config in its metadata: no checkpoint",
                            path);
    ATTNDYN_TRY(same_config(ctx, path, held, wanted));
    ATTNDYN_TRY(contents_of(ctx, c, &all));
    for (size_t i = 0; i < all.count; i++) ATTNDYN_TRY(find(ctx, &file, &all.tensors[i]));
    ATTNDYN_TRY(check_all_known(ctx, c, &file, &all));
    ATTNDYN_ALLOC(ctx, counters, c->n_counters);
    for (size_t i = 0; i < c->n_counters; i++) {
        char *key = attndyn_format(ctx, "counter.%s", c->counters[i].name);
        if (!key) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, key, &counters[i]));
    }
    if (c->optimizer)
        ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "optimizer.steps", &steps));
    ATTNDYN_TRY(attndyn_checkpoint_intact(ctx, &file));
    /* Nothing can fail from here on: the kinds have been compared. */
    for (size_t i = 0; i < all.count; i++)
        ATTNDYN_TRY(i < all.count - c->n_arrays
                        ? TENSOR_TO_REAL(ctx, &all.tensors[i], all.to[i])
                        : attndyn_tensor_to_double(ctx, &all.tensors[i], all.to[i]));
    for (size_t i = 0; i < c->n_counters; i++) *c->counters[i].value = counters[i];
    if (c->optimizer) attndyn_optimizer_resume(c->optimizer, steps);
    c->text = attndyn_safetensors_metadata(&file, "text");
    return ATTNDYN_OK;
}
