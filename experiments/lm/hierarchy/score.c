#include "score.h"

#include "sim/observe/best_unit.h"

static enum attndyn_status sizes_of(struct attndyn_context *ctx, const char *name,
                                    struct reals list, size_t *sizes) {
    if (list.count < 1 || list.count > ATTNDYN_HIERARCHY_LEVELS)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s has %zu entries: expected 1 to %d, one a level",
                            name, list.count, ATTNDYN_HIERARCHY_LEVELS);
    for (size_t s = 0; s < list.count; s++) sizes[s] = (size_t)list.at[s];
    return ATTNDYN_OK;
}

enum attndyn_status hierarchy_prepare(struct attndyn_context *ctx, const struct hierarchy *p,
                                      uint64_t seed, struct hierarchy_study *s) {
    size_t latents[ATTNDYN_HIERARCHY_LEVELS], sets[ATTNDYN_HIERARCHY_LEVELS];
    size_t levels = p->latents.count;
    ATTNDYN_TRY(sizes_of(ctx, "latents", p->latents, latents));
    ATTNDYN_TRY(sizes_of(ctx, "sets", p->sets, sets));
    if (p->sets.count != levels)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "latents has %zu entries and sets %zu: expected as many, one a level",
                            levels, p->sets.count);
    ATTNDYN_TRY(attndyn_latent_hierarchy_create(ctx, (size_t)p->tokens, (size_t)p->length, levels,
                                                latents, sets, seed, &s->data));
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "hierarchy", &config));
    config.vocabulary = s->data.tokens;
    config.outputs = s->data.classes;
    config.context = s->data.length;
    config.layers = levels;
    config.width = (size_t)p->width;
    config.hidden = s->hidden = (size_t)p->hidden;
    const struct attndyn_thrift thrift = {.gradients = p->per_layer};
    ATTNDYN_TRY(attndyn_transformer_create_thrifty(ctx, &config, &thrift, s->data.classes,
                                                   s->data.columns, &s->model));
    attndyn_transformer_count_keys(s->model, s->data.counts);
    ATTNDYN_ALLOC(ctx, s->activity, s->data.classes * s->hidden);
    ATTNDYN_ALLOC(ctx, s->latent, s->data.classes);
    ATTNDYN_ALLOC(ctx, s->weights, s->data.classes);
    return ATTNDYN_OK;
}

void hierarchy_activity(struct hierarchy_study *s, size_t block) {
    size_t stride, T = s->data.columns;
    const attndyn_real *h = attndyn_transformer_view(s->model, ATTNDYN_VIEW_HIDDEN, block, &stride);
    for (size_t c = 0; c < s->data.classes; c++)
        for (size_t k = 0; k < s->hidden; k++) {
            attndyn_real most = h[c * T * stride + k];
            for (size_t t = 1; t < T; t++) {
                attndyn_real x = h[(c * T + t) * stride + k];
                if (x > most) most = x;
            }
            s->activity[c * s->hidden + k] = (double)most;
        }
}

void hierarchy_latent(struct hierarchy_study *s, size_t level, size_t latent) {
    for (size_t c = 0; c < s->data.classes; c++)
        s->latent[c] = s->data.active[level][c * s->data.latents[level] + latent];
}

bool hierarchy_used(const struct hierarchy_study *s, size_t level, size_t latent) {
    for (size_t c = 0; c < s->data.classes; c++)
        if (s->data.active[level][c * s->data.latents[level] + latent]) return true;
    return false;
}

struct level_score hierarchy_score(struct hierarchy_study *s, size_t level, size_t block) {
    const size_t n = s->data.latents[level], classes = s->data.classes;
    struct level_score sum = {0};
    size_t used = 0;
    hierarchy_activity(s, block);
    for (size_t j = 0; j < n; j++) {
        hierarchy_latent(s, level, j);
        struct attndyn_best_unit centred =
            attndyn_best_unit(classes, s->latent, s->hidden, s->activity, true);
        struct attndyn_best_unit plain =
            attndyn_best_unit(classes, s->latent, s->hidden, s->activity, false);
        sum.centred += centred.correlation;
        sum.plain += plain.correlation;
        if (!hierarchy_used(s, level, j)) continue;
        used++;
        sum.centred_used += centred.correlation;
        sum.plain_used += plain.correlation;
    }
    sum.centred /= (double)n, sum.plain /= (double)n;
    sum.centred_used /= (double)used, sum.plain_used /= (double)used;
    return sum;
}

double hierarchy_measure(struct hierarchy_study *s, struct level_score *scores) {
    struct attndyn_batch all = attndyn_latent_hierarchy_counted(&s->data);
    double loss = attndyn_transformer_loss(s->model, &all);
    for (size_t level = 0; level < s->data.levels; level++)
        scores[level] = hierarchy_score(s, level, level);
    return loss;
}
