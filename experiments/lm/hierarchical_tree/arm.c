#include "arm.h"

#include "sim/base/random.h"

#include <string.h>

const char *tree_attention(size_t arm) {
    return arm < TREE_SOFTMAX ? "exp" : "softmax";
}

const char *tree_keys(size_t arm) {
    return arm % 2 == TREE_FROZEN ? "frozen" : "trained";
}

enum attndyn_status tree_course_create(const struct trial *run, const struct hierarchical_tree *p,
                                       struct tree_course *c) {
    c->levels = (size_t)p->levels;
    ATTNDYN_TRY(looks_spread(run, (uint64_t)p->steps, p->density, &c->looks));
    ATTNDYN_ALLOC(run->ctx, c->loss, c->looks.count);
    ATTNDYN_ALLOC(run->ctx, c->point, c->looks.count * c->levels);
    return ATTNDYN_OK;
}

enum attndyn_status tree_courses_name(struct attndyn_context *ctx, size_t count,
                                      const struct tree_course *courses,
                                      struct attndyn_checkpoint_array *arrays) {
    for (size_t i = 0; i < count; i++) {
        const struct tree_course *c = &courses[i];
        const size_t points = c->looks.count * c->levels * sizeof *c->point / sizeof(double);
        char *loss = attndyn_format(ctx, "loss.%zu", i);
        char *point = attndyn_format(ctx, "point.%zu", i);
        if (!loss || !point) return ATTNDYN_NO_MEMORY;
        arrays[2 * i] = (struct attndyn_checkpoint_array){loss, c->loss, c->looks.count};
        arrays[2 * i + 1] = (struct attndyn_checkpoint_array){point, &c->point->v, points};
    }
    return ATTNDYN_OK;
}

/* The theory's network: identity embedding, Z = the key map, V^T = the decoder, no norm. */
static enum attndyn_status make(const struct trial *run, const struct hierarchical_tree *p,
                                const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                                size_t sequences, struct learner *l) {
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "joma", &config));
    config.vocabulary = config.width = tree->leaves + 1; /* and padding */
    config.outputs = config.context = tree->leaves;
    config.last_only = false; /* the query stands where its sequence ends */
    config.attention = arm < TREE_SOFTMAX ? ATTNDYN_ATTENTION_EXP : ATTNDYN_ATTENTION_SOFTMAX;
    const struct attndyn_thrift thrift = {.gradients = p->per_layer};
    ATTNDYN_TRY(attndyn_transformer_create_thrifty(run->ctx, &config, &thrift, sequences,
                                                   tree->leaves, &l->model));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, l->model, 0)); /* zero */
    if (arm % 2 == TREE_FROZEN)
        ATTNDYN_TRY(attndyn_transformer_freeze(run->ctx, l->model, "*key.weight"));
    const struct attndyn_optimizer_group group = {"*key.weight", p->eta, -1};
    l->lr = arm < TREE_SOFTMAX ? p->lr_exp : p->lr_softmax;
    l->rate = arm < TREE_SOFTMAX ? "lr_exp" : "lr_softmax";
    return descent_optimise(run, 0, &group, seed, l);
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
    struct learner learner;
    uint64_t lane;
    double *halves; /* (2 nodes): the 64 trees at hand, in halves that a double holds */
    struct looks looks;
    const struct attndyn_batch *evaluation;
    struct tree_course *course;
};

static void keep_trees(struct training *training) {
    struct arm *a = training->source;
    a->lane = a->source.lane;
    for (size_t i = 0; i < a->source.tree.nodes; i++) {
        a->halves[2 * i] = (double)(a->source.words[i] >> 32);
        a->halves[2 * i + 1] = (double)(a->source.words[i] & UINT32_MAX);
    }
}

static void take_trees(struct training *training) {
    struct arm *a = training->source;
    a->source.lane = (unsigned)a->lane;
    for (size_t i = 0; i < a->source.tree.nodes; i++)
        a->source.words[i] = (uint64_t)a->halves[2 * i] << 32 | (uint64_t)a->halves[2 * i + 1];
}

static struct attndyn_batch draw(struct training *training) {
    struct arm *a = training->source;
    return attndyn_tree_sequences_draw(&a->source);
}

static enum attndyn_status look(struct training *training) {
    struct arm *a = training->source;
    struct tree_course *c = a->course;
    if (!looks_due(&a->looks, a->learner.step)) return ATTNDYN_OK;
    const size_t r = a->looks.next - 1;
    c->loss[r] = attndyn_transformer_loss(a->learner.model, a->evaluation);
    measure(a->learner.model, &a->source.tree, a->source.query, c->point + r * c->levels);
    return ATTNDYN_OK;
}

enum attndyn_status tree_train(struct training *t, const struct hierarchical_tree *p,
                               const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                               const struct attndyn_batch *evaluation, struct tree_course *c) {
    const size_t batch = (size_t)p->batch, query = 0;
    struct attndyn_context *ctx = t->run->ctx;
    struct attndyn_checkpoint_array *arrays;
    struct arm *a;
    ATTNDYN_ALLOC(ctx, a, 1); /* outlives this call: an interrupted training is saved later */
    a->evaluation = evaluation;
    a->course = c;
    a->looks = c->looks;
    ATTNDYN_ALLOC(ctx, a->halves, 2 * tree->nodes);
    ATTNDYN_TRY(attndyn_tree_sequences_create(ctx, tree, query, p->keep, batch,
                                              attndyn_random_derive(seed, "tree train", 0),
                                              &a->source));
    ATTNDYN_TRY(make(t->run, p, tree, arm, seed,
                     batch > evaluation->sequences ? batch : evaluation->sequences, &a->learner));
    const struct attndyn_checkpoint_counter counters[] = {{"trees", &a->source.state},
                                                          {"lane", &a->lane},
                                                          {"queried", &a->source.queried},
                                                          {"taken", &a->source.taken}};
    memcpy(t->counters, counters, sizeof counters);
    t->n_counters = sizeof counters / sizeof *counters;
    ATTNDYN_ALLOC(ctx, arrays, t->n_arrays + 1);
    if (t->n_arrays) memcpy(arrays, t->arrays, t->n_arrays * sizeof *arrays);
    arrays[t->n_arrays++] =
        (struct attndyn_checkpoint_array){"trees", a->halves, 2 * a->source.tree.nodes};
    t->arrays = arrays;
    t->learner = &a->learner;
    t->source = a;
    t->batch = draw;
    t->look = look;
    t->updated = keep_trees;
    t->taken = take_trees;
    keep_trees(t);
    return training_go(t);
}

double tree_reaches(const struct tree_course *c, size_t height, double level) {
    for (size_t r = 1; r < c->looks.count; r++) {
        double before = c->point[(r - 1) * c->levels + height].v;
        double after = c->point[r * c->levels + height].v;
        if (after < level) continue;
        double share = after > before ? (level - before) / (after - before) : 0;
        return (double)c->looks.at[r - 1] + share * (double)(c->looks.at[r] - c->looks.at[r - 1]);
    }
    return NAN;
}

double tree_at(const struct tree_course *c, size_t height, double time) {
    size_t r = 1;
    while (r + 1 < c->looks.count && (double)c->looks.at[r] < time) r++;
    double before = c->point[(r - 1) * c->levels + height].v;
    double after = c->point[r * c->levels + height].v;
    double share =
        (time - (double)c->looks.at[r - 1]) / (double)(c->looks.at[r] - c->looks.at[r - 1]);
    return before + share * (after - before);
}
