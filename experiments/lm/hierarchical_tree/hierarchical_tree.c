#include "arm.h"
#include "sim/base/random.h"
#include "sim/num/stats.h"
#include "theory/joma/erf.h"
#include "theory/joma/hierarchy.h"

struct survey {
    const struct hierarchical_tree *p;
    struct attndyn_tree tree;
    size_t seeds, levels;
    struct tree_course *course; /* (seeds, TREE_ARMS) */
    double *frequency;          /* (levels): of context leaves, per leaf and sequence */
    double sequences, others;   /* evaluated; share of the queried trees that could be used */
    const struct attndyn_checkpoint_array *arrays; /* all of that, for a checkpoint */
    size_t n_arrays;
};

static const struct tree_course *course_of(const struct survey *s, size_t seed, size_t arm) {
    return &s->course[seed * TREE_ARMS + arm];
}

/* Fresh sequences that no arm is trained on. */
static enum attndyn_status evaluation_of(const struct trial *run, const struct survey *s,
                                         uint64_t seed, struct attndyn_tree_sequences *source,
                                         struct attndyn_batch *batch) {
    ATTNDYN_TRY(
        attndyn_tree_sequences_create(run->ctx, &s->tree, 0, s->p->keep, (size_t)s->p->evaluation,
                                      attndyn_random_derive(seed, "tree evaluation", 0), source));
    *batch = attndyn_tree_sequences_draw(source);
    return ATTNDYN_OK;
}

/* What stands with the query in them. */
static void count(struct survey *s, const struct attndyn_tree_sequences *source,
                  const struct attndyn_batch *batch) {
    for (size_t b = 0; b < batch->sequences; b++)
        for (size_t i = 0; batch->tokens[b * batch->length + i] != source->query; i++)
            s->frequency[attndyn_tree_height(&s->tree, 0, batch->tokens[b * batch->length + i])]++;
    s->sequences += (double)batch->sequences;
    s->others += (double)source->taken / (double)source->queried / (double)s->seeds;
}

/* *loss: at the end. */
static enum attndyn_status emit_course(const struct trial *run, const struct survey *s, size_t arm,
                                       double *end) {
    const struct looks *looks = &course_of(s, 0, arm)->looks;
    const double share = 1 / (double)s->seeds;
    for (size_t h = 1; h < s->levels; h++)
        for (size_t r = 0; r < looks->count; r++) {
            struct tree_point x = {0};
            double loss = 0;
            for (size_t i = 0; i < s->seeds; i++) {
                const struct tree_point *y = &course_of(s, i, arm)->point[r * s->levels + h];
                x.v += share * y->v, x.half += share * y->half;
                x.z += share * y->z, x.weight += share * y->weight;
                loss += share * course_of(s, i, arm)->loss[r];
            }
            ATTNDYN_TRY(EMIT(run, course, .attention = tree_attention(arm), .keys = tree_keys(arm),
                             .step = (long)looks->at[r], .H = (long)h, .v = x.v, .half_v2 = x.half,
                             .z = x.z, .weight = x.weight, .loss = loss));
            *end = loss;
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_half(const struct trial *run, const struct survey *s, size_t arm,
                                     double *values) {
    for (size_t h = 1; h < s->levels; h++) {
        double end = 0;
        for (size_t i = 0; i < s->seeds; i++) {
            const struct tree_course *c = course_of(s, i, arm);
            double v = c->point[(c->looks.count - 1) * s->levels + h].v;
            values[i] = tree_reaches(c, h, v / 2);
            end += v / (double)s->seeds;
        }
        ATTNDYN_TRY(EMIT(run, half, .attention = tree_attention(arm), .keys = tree_keys(arm),
                         .H = (long)h, .v_end = end, .t_half = attndyn_mean(s->seeds, values),
                         .t_half_sd = attndyn_sd(s->seeds, values)));
    }
    return ATTNDYN_OK;
}

/* Largest v_1 that the course reaches. */
static double most(const struct tree_course *c) {
    double v = 0;
    for (size_t r = 0; r < c->looks.count; r++) v = fmax(v, c->point[r * c->levels + 1].v);
    return v;
}

/* What the erf law predicts from the frozen ratio: both components run for the same time. */
static double predicted(double v_1, double ratio, double eta) {
    const struct attndyn_joma_erf near = {1, 0, 0, 1, eta}, far = {ratio, 0, 0, 1, eta};
    return attndyn_joma_erf_at(&far, attndyn_joma_erf_time(&near, v_1)) / v_1 / ratio - 1;
}

static enum attndyn_status emit_slow_down(const struct trial *run, const struct survey *s,
                                          size_t arm, double *values) {
    enum { SHARES = 19 };
    double common = INFINITY;
    for (size_t i = 0; i < s->seeds; i++)
        for (size_t k = 0; k < 2; k++) common = fmin(common, most(course_of(s, i, arm + k)));
    for (size_t h = 2; h < s->levels; h++)
        for (int k = 1; k <= SHARES; k++) {
            double v_1 = common * k / (SHARES + 1.0), ratio[2] = {0};
            for (size_t i = 0; i < s->seeds; i++) {
                double now[2];
                for (size_t f = 0; f < 2; f++) {
                    const struct tree_course *c = course_of(s, i, arm + f);
                    now[f] = tree_at(c, h, tree_reaches(c, 1, v_1)) / v_1;
                    ratio[f] += now[f] / (double)s->seeds;
                }
                values[i] = now[0] / now[1] - 1;
            }
            double expected =
                arm == TREE_EXP && ratio[1] < 1 ? predicted(v_1, ratio[1], s->p->eta) : NAN;
            ATTNDYN_TRY(EMIT(
                run, slow_down, .attention = tree_attention(arm), .share = k / (SHARES + 1.0),
                .v_1 = v_1, .H = (long)h, .trained = ratio[0], .frozen = ratio[1],
                .relative = attndyn_mean(s->seeds, values),
                .relative_error = attndyn_standard_error(s->seeds, values), .predicted = expected));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_cooccurrence(const struct trial *run, const struct survey *s) {
    for (size_t h = 1; h < s->levels; h++) {
        double leaves = (double)((size_t)1 << (h - 1)), n = s->sequences;
        double scale = s->others / s->p->keep, share = s->frequency[h] / (leaves * n);
        ATTNDYN_TRY(
            EMIT(run, cooccurrence, .H = (long)h,
                 .theorem = attndyn_hierarchy_cooccurrence(s->levels, h, s->p->rho, s->p->rho0),
                 .printed = attndyn_hierarchy_printed(s->levels, h), .drawn = scale * share,
                 .error = scale * sqrt(share * (1 - share) / n)));
    }
    return ATTNDYN_OK;
}

/* What the trainings so far have left behind, for a checkpoint: every course, what was counted. */
static enum attndyn_status name_arrays(struct attndyn_context *ctx, struct survey *s) {
    const size_t n = 2 * s->seeds * TREE_ARMS;
    struct attndyn_checkpoint_array *all;
    ATTNDYN_ALLOC(ctx, all, n + 3);
    ATTNDYN_TRY(tree_courses_name(ctx, s->seeds * TREE_ARMS, s->course, all));
    all[n] = (struct attndyn_checkpoint_array){"frequency", s->frequency, s->levels};
    all[n + 1] = (struct attndyn_checkpoint_array){"sequences", &s->sequences, 1};
    all[n + 2] = (struct attndyn_checkpoint_array){"others", &s->others, 1};
    s->arrays = all;
    s->n_arrays = n + 3;
    return ATTNDYN_OK;
}

/* Arm by arm, seed by seed. */
static enum attndyn_status train(struct training *training) {
    struct survey *s = training->with;
    const size_t arm = (size_t)training->number % TREE_ARMS;
    const uint64_t seed = (uint64_t)s->p->seed + training->number / TREE_ARMS;
    struct attndyn_tree_sequences source;
    struct attndyn_batch evaluation;
    ATTNDYN_TRY(evaluation_of(training->run, s, seed, &source, &evaluation));
    if (arm == 0) count(s, &source, &evaluation); /* restored from the checkpoint */
    training->arrays = s->arrays, training->n_arrays = s->n_arrays;
    return tree_train(training, s->p, &s->tree, arm, seed, &evaluation,
                      &s->course[training->number]);
}

/* Which ways of training there is a network for. */
static enum attndyn_status allow(const struct trial *run, const struct hierarchical_tree *p) {
    static const char *const why[] = {
        [method_lowrank] = "Z = B A does not start from zero, as the theory's network does",
        [method_lora] = "the step of Z = B A depends on the draw of A, that of the theory does not",
        [method_relora] =
            "the step of Z = B A depends on the draw of A, that of the theory does not",
        [method_dora] = "Z starts from zero, and a row of no length has no direction",
        [method_freeze] = "what is measured, V, would stay where it is"};
    if (!p->method || p->method == method_galore) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                        "method=%s: the layer's one map is Z, the table of attention logits, and "
                        "%s; take full or galore",
                        method_names[p->method], why[p->method]);
}

RUN(hierarchical_tree) {
    struct survey s = {.p = p, .seeds = (size_t)p->seeds, .levels = (size_t)p->levels};
    struct training training = {.run = run,
                                .last = s.seeds * TREE_ARMS - 1,
                                .steps = (uint64_t)p->steps,
                                .what = "steps",
                                .each = 1,
                                .with = &s};
    double *values, loss[TREE_ARMS];
    ATTNDYN_TRY(allow(run, p));
    ATTNDYN_TRY(attndyn_tree_init(run->ctx, &s.tree, s.levels, 2, p->rho, p->rho0));
    ATTNDYN_ALLOC(run->ctx, s.course, s.seeds * TREE_ARMS);
    ATTNDYN_ALLOC(run->ctx, s.frequency, s.levels);
    ATTNDYN_ALLOC(run->ctx, values, s.seeds);
    for (size_t i = 0; i < s.seeds * TREE_ARMS; i++)
        ATTNDYN_TRY(tree_course_create(run, p, &s.course[i]));
    ATTNDYN_TRY(name_arrays(run->ctx, &s));
    ATTNDYN_TRY(training_run(&training, train));
    for (size_t arm = 0; arm < TREE_ARMS; arm++) {
        ATTNDYN_TRY(emit_course(run, &s, arm, &loss[arm]));
        ATTNDYN_TRY(emit_half(run, &s, arm, values));
    }
    ATTNDYN_TRY(emit_slow_down(run, &s, TREE_EXP, values));
    ATTNDYN_TRY(emit_slow_down(run, &s, TREE_SOFTMAX, values));
    ATTNDYN_TRY(emit_cooccurrence(run, &s));
    return SET(run, summary, .loss_exp = loss[TREE_EXP],
               .loss_exp_frozen = loss[TREE_EXP + TREE_FROZEN], .loss_softmax = loss[TREE_SOFTMAX],
               .loss_softmax_frozen = loss[TREE_SOFTMAX + TREE_FROZEN]);
}

const struct experiment experiment_lm_hierarchical_tree = {
    .id = "lm/hierarchical-tree",
    .title =
        "Which co-occurrences of a latent tree are learnt first, and what attention does to it",
    .source = "JoMA (arXiv 2310.00535), Theorem 5",
    .doc =
        "Data: a binary tree of L levels is drawn (root on with (1 - rho0)/2, a child copies its "
        "parent with (1 + rho)/2). Leaf m = 0, where it is on, is the query; of the other leaves "
        "that are on each is shown in the context with probability `keep`; the target is any one "
        "of "
        "them. By Theorem 5, P(y_l=1|y_m=1) falls with the height H of the common ancestor.\n\n"
        "Network: JoMA's. f = sum over the context of weight(Z_ml) e_l + e_m, logits V^T f, from "
        "zero, by SGD on the cross-entropy; weight exp(z) (the theory's) or softmax. Beside each a "
        "twin on the same sequences whose attention stays frozen at Z = 0.\n\n"
        "JoMA reads Theorem 5 so: the layer learns the current level by slowing down the "
        "association of tokens that are not directly correlated. Made precise: v_H, the mean of "
        "||V_l|| over the leaves at height H, over v_1, compared between the twins at equal v_1. "
        "With a stationary gradient it follows the erf law of Theorem 2, which is printed beside. "
        "(With softmax the comparison mixes in that a leaf which is attended less needs a larger "
        "V_l.)",
    .presets =
        (const struct preset[]){
            {"quick", "seeds=2 steps=500 evaluation=512 batch=128 density=1.15", "16 leaves"},
            {"paper", "seeds=10 steps=6000 batch=512 density=1.05",
             "16 leaves, longer, more seeds"},
            {"deep", "levels=6 seeds=5 steps=6000 batch=512", "32 leaves"},
            {0}},
    .tables = TABLES(course, half, slow_down, cooccurrence),
    .figures =
        (const struct figure[]){
            {"hierarchical_tree", "lm/hierarchical_tree/hierarchical_tree.gp",
             "Above: association ||V_l|| of context leaves by the height H of their common ancestor with "
             "the "
             "query, over training (dashed: attention frozen). Below: how much of the attention they get "
             "(1: their even share). Near leaves are learnt first; with exp attention they are attended "
             "first, too, and lose it to farther ones later; with softmax the nearest is treated as a "
             "common token from the start."},
            {"hierarchical_tree_slow", "lm/hierarchical_tree/hierarchical_tree_slow.gp",
             "v_H/v_1 with trained attention over that with frozen attention, at equal v_1, against v_1. "
             "Below 1: attention slows the association of farther leaves down. Dashed: the erf law with "
             "a stationary gradient."},
            {0}},
    PARTS_OF(hierarchical_tree, summary)};
