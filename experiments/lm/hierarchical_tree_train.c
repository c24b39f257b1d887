#include "experiments/lm/hierarchical_tree.h"
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"

#include <math.h>
#include <string.h>

const char *tree_attention(size_t arm) {
    return arm < TREE_SOFTMAX ? "exp" : "softmax";
}

const char *tree_keys(size_t arm) {
    return arm % 2 == TREE_FROZEN ? "frozen" : "trained";
}

enum attndyn_status tree_course_create(struct attndyn_context *ctx, const struct params *p,
                                       struct tree_course *c) {
    const double density = param_real(p, "density");
    const long steps = param_int(p, "steps");
    c->levels = (size_t)param_int(p, "levels");
    c->records = 1;
    for (long t = 0; t < steps; c->records++) t = (long)fmax((double)t + 1, density * (double)t);
    ATTNDYN_ALLOC(ctx, c->step, c->records);
    ATTNDYN_ALLOC(ctx, c->loss, c->records);
    ATTNDYN_ALLOC(ctx, c->point, c->records * c->levels);
    for (size_t r = 1; r < c->records; r++) {
        double next = fmax((double)c->step[r - 1] + 1, density * (double)c->step[r - 1]);
        c->step[r] = next > (double)steps ? steps : (long)next;
    }
    return ATTNDYN_OK;
}

/* The theory's network: identity embedding, Z = the key map, V^T = the decoder, no norm. */
static enum attndyn_status make(struct attndyn_context *ctx, const struct params *p,
                                const struct attndyn_tree *tree, size_t arm, size_t sequences,
                                struct attndyn_transformer **model,
                                struct attndyn_optimizer **optimizer) {
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "joma", &config));
    config.vocabulary = config.width = tree->leaves + 1; /* and padding */
    config.outputs = config.context = tree->leaves;
    config.last_only = false; /* the query stands where its sequence ends */
    config.attention = arm < TREE_SOFTMAX ? ATTNDYN_ATTENTION_EXP : ATTNDYN_ATTENTION_SOFTMAX;
    ATTNDYN_TRY(attndyn_transformer_create(ctx, &config, sequences, tree->leaves, model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, *model, 0)); /* zero */
    if (arm % 2 == TREE_FROZEN) ATTNDYN_TRY(attndyn_transformer_freeze(ctx, *model, "*key.weight"));
    const struct attndyn_optimizer_group group = {"*key.weight", param_real(p, "eta"), -1};
    const struct attndyn_optimizer_options options = {
        .kind = ATTNDYN_OPTIMIZER_SGD, .groups = &group, .n_groups = 1};
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(*model, &count);
    return attndyn_optimizer_create(ctx, &options, parameters, count, optimizer);
}

static void measure(struct attndyn_transformer *model, const struct attndyn_tree *tree,
                    size_t query, struct tree_point *point) {
    const struct attndyn_parameter *Z =
        attndyn_transformer_parameter(model, "layers.0.attention.key.weight");
    const struct attndyn_parameter *V = attndyn_transformer_parameter(model, "decoder.weight");
    double count[TREE_LEVELS] = {0}, total = 0;
    memset(point, 0, tree->levels * sizeof *point);
    for (size_t l = 0; l < tree->leaves; l++) {
        if (l == query) continue;
        struct tree_point *x = &point[attndyn_tree_height(tree, query, l)];
        double square = 0, z = (double)Z->value[query * Z->columns + l];
        for (size_t k = 0; k < tree->leaves; k++) {
            double v = (double)V->value[k * V->columns + l];
            square += v * v;
        }
        x->v += sqrt(square), x->half += 0.5 * square, x->z += z, x->weight += exp(z);
        count[attndyn_tree_height(tree, query, l)]++;
        total += exp(z);
    }
    for (size_t h = 1; h < tree->levels; h++) {
        point[h].v /= count[h], point[h].half /= count[h], point[h].z /= count[h];
        point[h].weight *= (double)(tree->leaves - 1) / (count[h] * total);
    }
}

enum attndyn_status tree_train(struct attndyn_context *ctx, const struct params *p,
                               const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                               const struct attndyn_batch *evaluation, struct tree_course *c) {
    struct attndyn_tree_sequences source;
    struct attndyn_transformer *model;
    struct attndyn_optimizer *sgd;
    const size_t batch = (size_t)param_int(p, "batch"), query = 0;
    const double lr = param_real(p, arm < TREE_SOFTMAX ? "lr_exp" : "lr_softmax");
    ATTNDYN_TRY(attndyn_tree_sequences_create(ctx, tree, query, param_real(p, "keep"), batch,
                                              attndyn_random_derive(seed, "tree train", 0),
                                              &source));
    ATTNDYN_TRY(make(ctx, p, tree, arm,
                     batch > evaluation->sequences ? batch : evaluation->sequences, &model, &sgd));
    long t = 0;
    for (size_t r = 0; r < c->records; r++) {
        for (; t < c->step[r]; t++) {
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            struct attndyn_batch drawn = attndyn_tree_sequences_draw(&source);
            double loss = attndyn_transformer_gradient(model, &drawn, (uint64_t)t);
            if (!isfinite(loss))
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "%s attention: the loss is %g at step %ld: lower lr_%s",
                                    tree_attention(arm), loss, t, tree_attention(arm));
            (void)attndyn_optimizer_step(sgd, lr);
            attndyn_progress(ctx, "steps", (double)t, (double)c->step[c->records - 1]);
        }
        c->loss[r] = attndyn_transformer_loss(model, evaluation);
        measure(model, tree, query, c->point + r * c->levels);
    }
    return ATTNDYN_OK;
}

double tree_reaches(const struct tree_course *c, size_t height, double level) {
    for (size_t r = 1; r < c->records; r++) {
        double before = c->point[(r - 1) * c->levels + height].v;
        double after = c->point[r * c->levels + height].v;
        if (after < level) continue;
        double share = after > before ? (level - before) / (after - before) : 0;
        return (double)c->step[r - 1] + share * (double)(c->step[r] - c->step[r - 1]);
    }
    return NAN;
}

double tree_at(const struct tree_course *c, size_t height, double time) {
    size_t r = 1;
    while (r + 1 < c->records && (double)c->step[r] < time) r++;
    double before = c->point[(r - 1) * c->levels + height].v;
    double after = c->point[r * c->levels + height].v;
    double share = (time - (double)c->step[r - 1]) / (double)(c->step[r] - c->step[r - 1]);
    return before + share * (after - before);
}
