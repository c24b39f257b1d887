/* The matrices whose updates tests/reference/galore.py recorded. */
#ifndef TESTS_NUM_RECORDED_H
#define TESTS_NUM_RECORDED_H

#include "sim/data/safetensors.h"
#include "tests/support.h"

enum { LARGEST = 13 * 13 };

static const char *const matrices[] = {"tall.weight", "square.weight", "wide.weight"};

/* The tensor of this name as numbers; NULL shape: not asked for. */
static void take(struct attndyn_context *ctx, const struct attndyn_safetensors *file,
                 const char *name, size_t shape[2], double *to) {
    const struct attndyn_tensor *t = attndyn_safetensors_find(file, name);
    ck_assert_msg(t != NULL && attndyn_tensor_count(t) <= LARGEST, "no %s", name);
    assert_ok(ctx, attndyn_tensor_to_double(ctx, t, to));
    if (shape) shape[0] = t->shape[0], shape[1] = t->shape[1];
}

#endif
