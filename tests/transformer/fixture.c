/* A reader for our own reference files: safetensors (u64 header length, JSON, raw numbers). */
#include "fixture.h"

#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *const fixture_optimisers[] = {"sgd", "adam", "adamw"};

static char *whole_file(struct attndyn_context *ctx, const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = ATTNDYN_NEW(ctx, char, *size);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void read_tensor(struct attndyn_context *ctx, const char *name, json_t *about,
                        const char *data, size_t size, struct fixture_tensor *t) {
    json_t *shape = json_object_get(about, "shape"), *at = json_object_get(about, "data_offsets");
    const char *type = json_string_value(json_object_get(about, "dtype"));
    size_t from = (size_t)json_integer_value(json_array_get(at, 0));
    size_t to = (size_t)json_integer_value(json_array_get(at, 1));
    *t = (struct fixture_tensor){.name = attndyn_strdup(ctx, name), .count = 1};
    t->dimensions = json_array_size(shape);
    ck_assert_uint_le(t->dimensions, 3);
    for (size_t i = 0; i < t->dimensions; i++) {
        t->shape[i] = (size_t)json_integer_value(json_array_get(shape, i));
        t->count *= t->shape[i];
    }
    ck_assert_msg(from <= to && to <= size && to - from == 8 * t->count, "%s: its bytes", name);
    double *numbers = ATTNDYN_NEW(ctx, double, t->count);
    memcpy(numbers, data + from, to - from);
    if (strcmp(type, "F64") == 0)
        t->real = numbers;
    else
        t->integers = (const int64_t *)(const void *)numbers;
}

const struct fixture_tensor *fixture_find(const struct fixture *f, const char *prefix,
                                          const char *name) {
    size_t n = strlen(prefix);
    for (size_t i = 0; i < f->count; i++)
        if (strncmp(f->tensor[i].name, prefix, n) == 0 && strcmp(f->tensor[i].name + n, name) == 0)
            return &f->tensor[i];
    ck_abort_msg("the file has no %s%s", prefix, name);
}

static uint32_t *numbers_of(struct attndyn_context *ctx, const struct fixture_tensor *t) {
    uint32_t *to = ATTNDYN_NEW(ctx, uint32_t, t->count);
    for (size_t i = 0; i < t->count; i++)
        to[i] = t->integers[i] < 0 ? ATTNDYN_TARGET_NONE : (uint32_t)t->integers[i];
    return to;
}

const struct fixture *fixture_read(struct attndyn_context *ctx, const char *name) {
    struct fixture *f = ATTNDYN_NEW(ctx, struct fixture, 1);
    char path[128];
    size_t size;
    snprintf(path, sizeof path, "tests/reference/%s.safetensors", name);
    const char *bytes = whole_file(ctx, path, &size), *key;
    uint64_t header;
    json_error_t error;
    json_t *about;
    ck_assert_uint_gt(size, sizeof header);
    memcpy(&header, bytes, sizeof header);
    ck_assert_uint_le(header, size - sizeof header);
    json_t *root = json_loadb(bytes + sizeof header, header, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s: %s", path, error.text);
    f->tensor = ATTNDYN_NEW(ctx, struct fixture_tensor, json_object_size(root));
    size_t before = sizeof header + header;
    json_object_foreach(root, key, about)
        read_tensor(ctx, key, about, bytes + before, size - before, &f->tensor[f->count++]);
    json_decref(root);
    const struct fixture_tensor *tokens = fixture_find(f, "", "tokens");
    const struct fixture_tensor *targets = fixture_find(f, "", "targets");
    ck_assert_uint_eq(tokens->shape[0], FIXTURE_STEPS);
    f->sequences = tokens->shape[1];
    f->length = tokens->shape[2];
    f->rows = f->sequences * targets->shape[2];
    f->tokens = numbers_of(ctx, tokens);
    f->targets = numbers_of(ctx, targets);
    return f;
}
