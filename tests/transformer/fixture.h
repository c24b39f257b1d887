/* Reference runs: tests/reference/<name>.safetensors (transformer.py there says what is in them),
 * and the engine's run on the same numbers, in either precision. */
#ifndef TESTS_TRANSFORMER_FIXTURE_H
#define TESTS_TRANSFORMER_FIXTURE_H

#include "sim/base/context.h"
#include "sim/model/transformer/config.h"
#include "sim/num/optim/optimizer.h"

enum { FIXTURE_STEPS = 10, FIXTURE_TENSORS = 64, FIXTURE_OPTIMISERS = 3 };
extern const char *const fixture_optimisers[FIXTURE_OPTIMISERS]; /* as named in the files */

struct fixture_tensor {
    const char *name;
    size_t dimensions, shape[3], count;
    const double *real; /* one of these two, by the file */
    const int64_t *integers;
};
struct fixture {
    size_t count;
    struct fixture_tensor *tensor;
    size_t sequences, length;
    /* (steps, sequences, length) and (steps, rows with a logit), as the engine takes them */
    uint32_t *tokens, *targets;
    size_t rows; /* with a logit: of a batch */
};
/* Fails the test where the file is not as it should be. */
const struct fixture *fixture_read(struct attndyn_context *ctx, const char *name);
/* "<prefix><name>"; fails the test if there is none. */
const struct fixture_tensor *fixture_find(const struct fixture *fixture, const char *prefix,
                                          const char *name);

/* What the engine made of it; every array in double, dense. */
struct engine_run {
    size_t count; /* of parameters */
    struct {
        char name[64];
        size_t count;
        bool frozen;
        double *gradient, *final[FIXTURE_OPTIMISERS];
    } parameter[FIXTURE_TENSORS];
    double *logits, loss, losses[FIXTURE_OPTIMISERS][FIXTURE_STEPS];
};
void engine_run_single(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                       const struct fixture *fixture, struct engine_run *run);
void engine_run_double(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                       const struct fixture *fixture, struct engine_run *run);

#endif
