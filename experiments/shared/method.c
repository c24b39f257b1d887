#include "method.h"

enum attndyn_status method_adapt(struct attndyn_context *ctx, const struct method_settings *p,
                                 uint64_t seed, struct learner *l) {
    static const enum attndyn_adaptation kinds[] = {
        [method_full] = ATTNDYN_ADAPT_ALL,        [method_galore] = ATTNDYN_ADAPT_ALL,
        [method_lowrank] = ATTNDYN_ADAPT_LOWRANK, [method_lora] = ATTNDYN_ADAPT_LORA,
        [method_relora] = ATTNDYN_ADAPT_RELORA,   [method_dora] = ATTNDYN_ADAPT_DORA,
        [method_freeze] = ATTNDYN_ADAPT_FREEZE};
    const struct attndyn_adapter_options options = {.kind = kinds[p->method],
                                                    .rank = (size_t)p->rank,
                                                    .alpha = p->alpha,
                                                    .deviation = 0.02,
                                                    .seed = seed};
    l->per_layer = p->per_layer;
    l->adapters = NULL;
    l->merge = l->rewarm = 0;
    if (options.kind == ATTNDYN_ADAPT_ALL) return ATTNDYN_OK;
    if (p->method == method_relora) l->merge = (uint64_t)p->merge, l->rewarm = (uint64_t)p->rewarm;
    return attndyn_adapters_create(ctx, &options, l->model, &l->adapters);
}

void method_options(const struct method_settings *p, uint64_t seed,
                    struct attndyn_optimizer_options *options) {
    options->galore.min_8bit = (size_t)p->min_8bit;
    options->tensorwise = options->tensorwise || p->method == method_relora;
    if (options->tensorwise && options->galore.form == ATTNDYN_FORM_PUBLISHED &&
        p->method == method_relora)
        options->galore.form = ATTNDYN_FORM_PYTORCH; /* the optimiser, as for the other methods */
    if (p->method != method_galore) return;
    options->galore.rank = (size_t)p->rank;
    options->galore.gap = (size_t)p->gap;
    options->galore.scale = p->scale;
    options->galore.side = p->projection;
    options->galore.subspace = p->subspace;
    options->galore.moments = p->moments;
    options->galore.seed = seed;
    options->staggered = p->staggered;
}
