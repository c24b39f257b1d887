/* Every family's tiny network and what its own forward pass in NumPy makes of some tokens
 * (tests/reference/families.py), in the precision at hand. */
#ifndef TESTS_TRANSFORMER_FOREIGN_NETWORKS_H
#define TESTS_TRANSFORMER_FOREIGN_NETWORKS_H

#include "sim/data/safetensors.h"
#include "sim/model/transformer/foreign/model.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef ATTNDYN_DOUBLE
static const double tolerance = 1e-12;
#else
static const double tolerance = 1e-5;
#endif

static const struct {
    const char *folder, *family;
    size_t transposed, fused;
} networks[] = {{"llama", "llama", 0, 0},
                {"llama-bare", "llama", 0, 0},
                {"mobilellm", "llama", 0, 0},
                {"mistral", "mistral", 0, 0},
                {"gpt2", "gpt2", 8, 0},
                {"gpt2-untied", "gpt2", 8, 0},
                {"opt", "opt", 0, 0},
                {"opt-post", "opt", 0, 0},
                {"gpt_neox", "gpt_neox", 0, 2},
                {"gpt_neox-serial", "gpt_neox", 0, 2},
                {"bloom", "bloom", 0, 2},
                {"gpt_neo", "gpt_neo", 0, 0},
                {"llama2c-0/model.bin", "llama2.c", 0, 0},
                {"llama2c-0-untied/model.bin", "llama2.c", 0, 0},
                {"llama2c-1/model.bin", "llama2.c", 0, 0}};
enum { NETWORKS = sizeof networks / sizeof *networks };

static const char *path_of(const char *network) {
    return attndyn_format(ctx, "tests/reference/families/%s", network);
}

/* The logits that NumPy found, and the tokens of which. */
struct expectation {
    size_t length, outputs;
    uint32_t *tokens;
    double *logits;
};

static struct expectation expectation_of(const char *folder) {
    struct attndyn_safetensors file;
    struct expectation e;
    const char *path =
        attndyn_format(ctx, "%.*s/expected.safetensors", (int)strcspn(folder, "/"), folder);
    assert_ok(ctx, attndyn_safetensors_read(ctx, path_of(path), &file));
    const struct attndyn_tensor *tokens = attndyn_safetensors_find(&file, "tokens");
    const struct attndyn_tensor *logits = attndyn_safetensors_find(&file, "logits");
    ck_assert(tokens && logits && logits->shape[0] == tokens->shape[0]);
    e.length = tokens->shape[0];
    e.outputs = logits->shape[1];
    int64_t *ids = ATTNDYN_NEW(ctx, int64_t, e.length);
    e.tokens = ATTNDYN_NEW(ctx, uint32_t, e.length);
    e.logits = ATTNDYN_NEW(ctx, double, e.length *e.outputs);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, tokens, ids));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, logits, e.logits));
    for (size_t i = 0; i < e.length; i++) e.tokens[i] = (uint32_t)ids[i];
    return e;
}

/* The engine's logits, (length, outputs). */
static attndyn_real *logits_of(const struct attndyn_weights *weights, const struct expectation *e) {
    struct attndyn_transformer *engine;
    struct attndyn_batch batch = {.sequences = 1, .length = e->length, .tokens = e->tokens};
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, e->length * e->outputs);
    ck_assert_uint_eq(weights->config.outputs, e->outputs);
    assert_ok(ctx, attndyn_transformer_over(ctx, weights, 1, e->length, &engine));
    attndyn_transformer_logits(engine, &batch, logits);
    return logits;
}

/* Their largest difference from those. */
static double off(const struct attndyn_weights *weights, const struct expectation *e) {
    const attndyn_real *logits = logits_of(weights, e);
    double worst = 0;
    for (size_t i = 0; i < e->length * e->outputs; i++) {
        worst = fmax(worst, fabs((double)logits[i] - e->logits[i]));
        if (isnan(logits[i])) worst = INFINITY;
    }
    return worst;
}

#endif
