#include "fixture.h"

#include "sim/data/safetensors.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

const char *const fixture_optimisers[] = {"sgd", "adam", "adamw"};

static void read_tensor(struct attndyn_context *ctx, const struct attndyn_tensor *from,
                        struct fixture_tensor *to) {
    *to = (struct fixture_tensor){.name = from->name, .count = attndyn_tensor_count(from)};
    to->dimensions = from->dimensions;
    ck_assert_uint_le(to->dimensions, 3);
    for (size_t i = 0; i < to->dimensions; i++) to->shape[i] = from->shape[i];
    if (from->dtype == ATTNDYN_I64) {
        int64_t *integers = ATTNDYN_NEW(ctx, int64_t, to->count);
        assert_ok(ctx, attndyn_tensor_to_int64(ctx, from, integers));
        to->integers = integers;
    } else {
        double *real = ATTNDYN_NEW(ctx, double, to->count);
        assert_ok(ctx, attndyn_tensor_to_double(ctx, from, real));
        to->real = real;
    }
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
    struct attndyn_safetensors file;
    char path[128];
    snprintf(path, sizeof path, "tests/reference/%s.safetensors", name);
    assert_ok(ctx, attndyn_safetensors_read(ctx, path, &file));
    f->count = file.n_tensors;
    f->tensor = ATTNDYN_NEW(ctx, struct fixture_tensor, f->count);
    for (size_t i = 0; i < f->count; i++) read_tensor(ctx, &file.tensors[i], &f->tensor[i]);
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
