/* The bodies of stories.h, of two translation units, one a precision. */
#include "sim/model/inference/evaluate.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/transformer/foreign/model.h"
#include "stories.h"

#define stories_real ATTNDYN_REAL_NAME(stories)
enum attndyn_status stories_real(struct attndyn_context *ctx, struct stories *s,
                                 const uint32_t *tokens, size_t n, double *nll, uint32_t *best) {
    struct attndyn_model *model;
    struct attndyn_sparse *sparse = NULL;
    struct attndyn_inference_hooks hooks;
    char *path = attndyn_format(ctx, "%s/stories260K/stories260K.bin", stories_data());
    ATTNDYN_TRY(attndyn_model_open(ctx, path, &model));
    struct attndyn_evaluation e = {.cache = s->cache,
                                   .restart = s->restart,
                                   .restart_token = 1,
                                   .masked = s->masked,
                                   .bytes = s->bytes,
                                   .window = s->window,
                                   .stride = s->stride};
    if (s->mlp || s->heads) {
        const struct attndyn_sparse_options options = {.mlp = s->mlp,
                                                       .heads = s->heads,
                                                       .choice =
                                                           (enum attndyn_sparse_choice)s->choice,
                                                       .share = s->share,
                                                       .rank = s->rank,
                                                       .seed = 3};
        ATTNDYN_TRY(attndyn_sparse_create(ctx, &model->weights, &options, &sparse));
        if (s->calibrated)
            ATTNDYN_TRY(attndyn_sparse_calibrate(ctx, sparse, s->calibration, s->calibrated));
        ATTNDYN_TRY(attndyn_sparse_hooks(ctx, sparse, &hooks));
        e.hooks = &hooks;
    }
    ATTNDYN_TRY(attndyn_evaluate(ctx, &model->weights, &e, tokens, n, nll, best));
    if (sparse) s->recall = attndyn_sparse_recall(sparse);
    return ATTNDYN_OK;
}
