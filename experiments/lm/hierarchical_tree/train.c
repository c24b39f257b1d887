#include "hierarchical_tree.h"
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

enum attndyn_status tree_courses_name(struct attndyn_context *ctx, size_t count,
                                      const struct tree_course *courses,
                                      struct attndyn_checkpoint_array *arrays) {
    for (size_t i = 0; i < count; i++) {
        const struct tree_course *c = &courses[i];
        const size_t points = c->records * c->levels * sizeof *c->point / sizeof(double);
        char *loss = attndyn_format(ctx, "loss.%zu", i);
        char *point = attndyn_format(ctx, "point.%zu", i);
        if (!loss || !point) return ATTNDYN_NO_MEMORY;
        arrays[2 * i] = (struct attndyn_checkpoint_array){loss, c->loss, c->records};
        arrays[2 * i + 1] = (struct attndyn_checkpoint_array){point, &c->point->v, points};
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

/* What one arm's training is made of, and what of it a checkpoint has to keep. */
struct arm {
    struct attndyn_tree_sequences source;
    struct attndyn_transformer *model;
    struct attndyn_optimizer *sgd;
    uint64_t t, lane;
    double *halves; /* (2 nodes): the 64 trees at hand, in halves that a double holds */
};

static void keep_trees(struct arm *a) {
    a->lane = a->source.lane;
    for (size_t i = 0; i < a->source.tree.nodes; i++) {
        a->halves[2 * i] = (double)(a->source.words[i] >> 32);
        a->halves[2 * i + 1] = (double)(a->source.words[i] & UINT32_MAX);
    }
}

static void take_trees(struct arm *a) {
    a->source.lane = (unsigned)a->lane;
    for (size_t i = 0; i < a->source.tree.nodes; i++)
        a->source.words[i] = (uint64_t)a->halves[2 * i] << 32 | (uint64_t)a->halves[2 * i + 1];
}

static enum attndyn_status take(struct attndyn_context *ctx, struct arm *a,
                                struct training *training) {
    const struct attndyn_checkpoint_counter counters[] = {{"steps", &a->t},
                                                          {"trees", &a->source.state},
                                                          {"lane", &a->lane},
                                                          {"queried", &a->source.queried},
                                                          {"taken", &a->source.taken}};
    struct attndyn_checkpoint_array *all;
    ATTNDYN_ALLOC(ctx, all, training->n_arrays + 1);
    memcpy(all, training->arrays, training->n_arrays * sizeof *all);
    all[training->n_arrays] =
        (struct attndyn_checkpoint_array){"trees", a->halves, 2 * a->source.tree.nodes};
    memcpy(training->counters, counters, sizeof counters);
    training->n_counters = sizeof counters / sizeof *counters;
    training->model = a->model;
    training->optimizer = a->sgd;
    training->arrays = all;
    training->n_arrays++;
    training->step = &a->t;
    keep_trees(a);
    ATTNDYN_TRY(training_take(ctx, training));
    take_trees(a);
    return ATTNDYN_OK;
}

static enum attndyn_status to_the_end(struct attndyn_context *ctx, const struct params *p,
                                      size_t arm, struct arm *a,
                                      const struct attndyn_batch *evaluation, struct tree_course *c,
                                      struct training *training) {
    const double lr = param_real(p, arm < TREE_SOFTMAX ? "lr_exp" : "lr_softmax");
    size_t r = 0;
    while ((uint64_t)c->step[r] < a->t) r++; /* taken up: looked at before */
    for (;; r++) {
        while (a->t < (uint64_t)c->step[r]) {
            struct attndyn_batch drawn = attndyn_tree_sequences_draw(&a->source);
            double loss = attndyn_transformer_gradient(a->model, &drawn, a->t);
            if (!isfinite(loss))
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "%s attention: the loss is %g at step %llu: lower lr_%s",
                                    tree_attention(arm), loss, (unsigned long long)a->t,
                                    tree_attention(arm));
            (void)attndyn_optimizer_step(a->sgd, lr);
            a->t++;
            enum attndyn_status status = attndyn_check_interrupt(ctx);
            if (!training) ATTNDYN_TRY(status);
            if (!training) continue;
            keep_trees(a);
            ATTNDYN_TRY(training_stepped(ctx, training, status));
        }
        c->loss[r] = attndyn_transformer_loss(a->model, evaluation);
        measure(a->model, &a->source.tree, a->source.query, c->point + r * c->levels);
        if (r + 1 == c->records) return ATTNDYN_OK;
    }
}

enum attndyn_status tree_train(struct attndyn_context *ctx, const struct params *p,
                               const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                               const struct attndyn_batch *evaluation, struct tree_course *c,
                               struct training *training) {
    const size_t batch = (size_t)param_int(p, "batch"), query = 0;
    struct arm *a;
    ATTNDYN_ALLOC(ctx, a, 1); /* outlives this call: an interrupted training is saved later */
    ATTNDYN_ALLOC(ctx, a->halves, 2 * tree->nodes);
    ATTNDYN_TRY(attndyn_tree_sequences_create(ctx, tree, query, param_real(p, "keep"), batch,
                                              attndyn_random_derive(seed, "tree train", 0),
                                              &a->source));
    ATTNDYN_TRY(make(ctx, p, tree, arm,
                     batch > evaluation->sequences ? batch : evaluation->sequences, &a->model,
                     &a->sgd));
    if (training) ATTNDYN_TRY(take(ctx, a, training));
    return to_the_end(ctx, p, arm, a, evaluation, c, training);
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
