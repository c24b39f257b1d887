/* Which associations a network learns first on a latent tree, with attention and without: JoMA's
 * Theorem 5 as data. */
#include "hierarchical_tree.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"
#include "sim/base/random.h"
#include "sim/num/stats.h"
#include "theory/joma/erf.h"
#include "theory/joma/hierarchy.h"

#include <math.h>

static const struct param params[] = {
    {"levels", PARAM_INT, "5", 3, TREE_LEVELS, NULL, NULL, "L of the tree: 2^(L-1) leaves"},
    {"rho", PARAM_REAL, "0.95", -1, 1, NULL, NULL, "a child copies its parent with (1 + rho)/2"},
    {"rho0", PARAM_REAL, "0.95", -1, 1, NULL, NULL, "the root is on with (1 - rho0)/2"},
    {"keep", PARAM_REAL, "0.5", 0.01, 1, NULL, NULL,
     "probability that a leaf that is on is shown in the context"},
    {"batch", PARAM_INT, "256", 1, 1e6, "sequences", NULL, "of a step"},
    {"lr_exp", PARAM_REAL, "0.2", 1e-9, 100, NULL, NULL, "SGD's rate with exp attention"},
    {"lr_softmax", PARAM_REAL, "1", 1e-9, 100, NULL, NULL, "with softmax attention"},
    {"eta", PARAM_REAL, "1", 1e-6, 1e6, NULL, NULL, "rate of the attention over that of V"},
    {"steps", PARAM_INT, "1500", 10, 1e8, "minibatches", NULL, "training"},
    {"density", PARAM_REAL, "1.1", 1.001, 10, NULL, NULL,
     "ratio of successive steps at which is measured"},
    {"evaluation", PARAM_INT, "4096", 64, 1e6, "sequences", NULL, "for the loss and P(l|m)"},
    {"seeds", PARAM_INT, "3", 1, 1000, NULL, NULL, "streams of trees"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "the first"},
    {0}};

static const struct preset presets[] = {
    {"quick", "seeds=2 steps=500 evaluation=512 batch=128 density=1.15", "16 leaves"},
    {"paper", "seeds=10 steps=6000 batch=512 density=1.05", "16 leaves, longer, more seeds"},
    {"deep", "levels=6 seeds=5 steps=6000 batch=512", "32 leaves"},
    {0}};

static const struct column course_columns[] = {
    {"attention", COLUMN_TEXT, NULL, "exp or softmax", false},
    {"keys", COLUMN_TEXT, NULL, "trained, or frozen at zero (all tokens attended alike)", false},
    {"step", COLUMN_INT, "minibatches", "updates made", false},
    {"H", COLUMN_INT, NULL, "height of the common ancestor of context leaf and query", false},
    {"v", COLUMN_REAL, NULL, "||V_l||, mean over the leaves of that height and over seeds", false},
    {"half_v2", COLUMN_REAL, NULL, "||V_l||^2/2: Theorem 1's z", false},
    {"z", COLUMN_REAL, NULL, "attention logit Z_ml", false},
    {"weight", COLUMN_REAL, NULL, "exp(Z_ml) over its mean over the context leaves", false},
    {"loss", COLUMN_REAL, "nats", "on sequences that are not trained on", false},
    {0}};
static const struct column half_columns[] = {
    {"attention", COLUMN_TEXT, NULL, "", false},
    {"keys", COLUMN_TEXT, NULL, "", false},
    {"H", COLUMN_INT, NULL, "", false},
    {"v_end", COLUMN_REAL, NULL, "||V_l|| at the end, mean over seeds", false},
    {"t_half", COLUMN_REAL, "minibatches", "when half of it is reached, mean over seeds", false},
    {"t_half_sd", COLUMN_REAL, "minibatches", "over seeds", true},
    {0}};
static const struct column slow_columns[] = {
    {"attention", COLUMN_TEXT, NULL, "", false},
    {"share", COLUMN_REAL, NULL, "v_1 over the most that both arms reach", false},
    {"v_1", COLUMN_REAL, NULL, "association of the nearest leaf at which is compared", false},
    {"H", COLUMN_INT, NULL, "", false},
    {"trained", COLUMN_REAL, NULL, "v_H/v_1 with trained attention, mean over seeds", false},
    {"frozen", COLUMN_REAL, NULL, "v_H/v_1 with frozen attention", false},
    {"relative", COLUMN_REAL, NULL, "trained/frozen - 1, mean over seeds", false},
    {"relative_error", COLUMN_REAL, NULL, "standard error over seeds", true},
    {"predicted", COLUMN_REAL, NULL,
     "the same from the erf law with a stationary gradient (exp attention)", true},
    {0}};
static const struct column cooccurrence_columns[] = {
    {"H", COLUMN_INT, NULL, "", false},
    {"theorem", COLUMN_REAL, NULL, "P(y_l=1|y_m=1)", false},
    {"printed", COLUMN_REAL, NULL, "1 - H/L", false},
    {"drawn", COLUMN_REAL, NULL, "from the sequences", false},
    {"error", COLUMN_REAL, NULL, "its standard error, leaves of a height taken as one", false},
    {0}};
static const struct table tables[] = {{"course", "means over seeds", course_columns},
                                      {"half", "when associations are learnt", half_columns},
                                      {"slow_down", "trained against frozen", slow_columns},
                                      {"cooccurrence", "the data's law", cooccurrence_columns},
                                      {0}};

static const struct scalar scalars[] = {
    {"loss_exp", "nats", "exp attention, trained, at the end", false},
    {"loss_exp_frozen", "nats", "attention frozen", false},
    {"loss_softmax", "nats", "softmax attention, trained", false},
    {"loss_softmax_frozen", "nats", "attention frozen", false},
    {0}};

static const struct figure figures[] = {
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
    {0}};

struct survey {
    size_t seeds, levels;
    struct tree_course *course; /* (seeds, TREE_ARMS) */
    double *frequency;          /* (levels): of context leaves, per leaf and sequence */
    double sequences, others;   /* evaluated; share of the queried trees that could be used */
};

/* Fresh sequences that no arm is trained on; counts what stands with the query. */
static enum attndyn_status evaluation_of(struct attndyn_context *ctx, const struct params *p,
                                         const struct attndyn_tree *tree, uint64_t seed,
                                         struct attndyn_tree_sequences *source, struct survey *s,
                                         struct attndyn_batch *batch) {
    const size_t n = (size_t)param_int(p, "evaluation");
    ATTNDYN_TRY(attndyn_tree_sequences_create(ctx, tree, 0, param_real(p, "keep"), n,
                                              attndyn_random_derive(seed, "tree evaluation", 0),
                                              source));
    *batch = attndyn_tree_sequences_draw(source);
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; batch->tokens[b * batch->length + i] != source->query; i++)
            s->frequency[attndyn_tree_height(tree, 0, batch->tokens[b * batch->length + i])]++;
    s->sequences += (double)n;
    s->others += (double)source->taken / (double)source->queried / (double)s->seeds;
    return ATTNDYN_OK;
}

static enum attndyn_status emit_course(struct attndyn_context *ctx, const struct survey *s,
                                       size_t arm, struct results *results) {
    const struct tree_course *first = &s->course[arm];
    const double share = 1 / (double)s->seeds;
    for (size_t h = 1; h < s->levels; h++)
        for (size_t r = 0; r < first->records; r++) {
            struct tree_point x = {0};
            double loss = 0;
            for (size_t i = 0; i < s->seeds; i++) {
                const struct tree_course *c = &s->course[i * TREE_ARMS + arm];
                const struct tree_point *y = &c->point[r * s->levels + h];
                x.v += share * y->v, x.half += share * y->half;
                x.z += share * y->z, x.weight += share * y->weight;
                loss += share * c->loss[r];
            }
            ATTNDYN_TRY(EMIT(ctx, results, "course", S(tree_attention(arm)), S(tree_keys(arm)),
                             I(first->step[r]), I((long)h), R(x.v), R(x.half), R(x.z), R(x.weight),
                             R(loss)));
            static const char *const names[] = {"loss_exp", "loss_exp_frozen", "loss_softmax",
                                                "loss_softmax_frozen"};
            if (h == 1 && r + 1 == first->records)
                ATTNDYN_TRY(results_scalar(ctx, results, names[arm], loss));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_half(struct attndyn_context *ctx, const struct survey *s,
                                     size_t arm, double *values, struct results *results) {
    for (size_t h = 1; h < s->levels; h++) {
        double end = 0;
        for (size_t i = 0; i < s->seeds; i++) {
            const struct tree_course *c = &s->course[i * TREE_ARMS + arm];
            double v = c->point[(c->records - 1) * s->levels + h].v;
            values[i] = tree_reaches(c, h, v / 2);
            end += v / (double)s->seeds;
        }
        ATTNDYN_TRY(EMIT(ctx, results, "half", S(tree_attention(arm)), S(tree_keys(arm)),
                         I((long)h), R(end), R(attndyn_mean(s->seeds, values)),
                         R(attndyn_sd(s->seeds, values))));
    }
    return ATTNDYN_OK;
}

/* Largest v_1 that the course reaches. */
static double most(const struct tree_course *c) {
    double v = 0;
    for (size_t r = 0; r < c->records; r++) v = fmax(v, c->point[r * c->levels + 1].v);
    return v;
}

/* What the erf law makes of the frozen ratio: both components run the same time. */
static double predicted(double v_1, double ratio, double eta) {
    const struct attndyn_joma_erf near = {1, 0, 0, 1, eta}, far = {ratio, 0, 0, 1, eta};
    return attndyn_joma_erf_at(&far, attndyn_joma_erf_time(&near, v_1)) / v_1 / ratio - 1;
}

static enum attndyn_status emit_slow_down(struct attndyn_context *ctx, const struct params *p,
                                          const struct survey *s, size_t arm, double *values,
                                          struct results *results) {
    enum { SHARES = 19 };
    double common = INFINITY;
    for (size_t i = 0; i < s->seeds; i++)
        for (size_t k = 0; k < 2; k++)
            common = fmin(common, most(&s->course[i * TREE_ARMS + arm + k]));
    for (size_t h = 2; h < s->levels; h++)
        for (int k = 1; k <= SHARES; k++) {
            double v_1 = common * k / (SHARES + 1.0), ratio[2] = {0};
            for (size_t i = 0; i < s->seeds; i++) {
                double now[2];
                for (size_t f = 0; f < 2; f++) {
                    const struct tree_course *c = &s->course[i * TREE_ARMS + arm + f];
                    now[f] = tree_at(c, h, tree_reaches(c, 1, v_1)) / v_1;
                    ratio[f] += now[f] / (double)s->seeds;
                }
                values[i] = now[0] / now[1] - 1;
            }
            double expected = arm == TREE_EXP && ratio[1] < 1
                                  ? predicted(v_1, ratio[1], param_real(p, "eta"))
                                  : NAN;
            ATTNDYN_TRY(EMIT(ctx, results, "slow_down", S(tree_attention(arm)),
                             R(k / (SHARES + 1.0)), R(v_1), I((long)h), R(ratio[0]), R(ratio[1]),
                             R(attndyn_mean(s->seeds, values)),
                             R(attndyn_standard_error(s->seeds, values)), R(expected)));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_cooccurrence(struct attndyn_context *ctx, const struct params *p,
                                             const struct survey *s, struct results *results) {
    for (size_t h = 1; h < s->levels; h++) {
        double leaves = (double)((size_t)1 << (h - 1)), n = s->sequences;
        double scale = s->others / param_real(p, "keep"), share = s->frequency[h] / (leaves * n);
        ATTNDYN_TRY(EMIT(ctx, results, "cooccurrence", I((long)h),
                         R(attndyn_hierarchy_cooccurrence(s->levels, h, param_real(p, "rho"),
                                                          param_real(p, "rho0"))),
                         R(attndyn_hierarchy_printed(s->levels, h)), R(scale * share),
                         R(scale * sqrt(share * (1 - share) / n))));
    }
    return ATTNDYN_OK;
}

/* What the trainings so far have left behind, for a checkpoint: every course, what was counted. */
static enum attndyn_status name_arrays(struct attndyn_context *ctx, struct survey *s,
                                       struct training *training) {
    const size_t n = 2 * s->seeds * TREE_ARMS;
    struct attndyn_checkpoint_array *all;
    ATTNDYN_ALLOC(ctx, all, n + 3);
    ATTNDYN_TRY(tree_courses_name(ctx, s->seeds * TREE_ARMS, s->course, all));
    all[n] = (struct attndyn_checkpoint_array){"frequency", s->frequency, s->levels};
    all[n + 1] = (struct attndyn_checkpoint_array){"sequences", &s->sequences, 1};
    all[n + 2] = (struct attndyn_checkpoint_array){"others", &s->others, 1};
    training->arrays = all;
    training->n_arrays = n + 3;
    return ATTNDYN_OK;
}

/* Every arm of every seed, from training->number on: arm by arm, seed by seed. */
static enum attndyn_status train(struct attndyn_context *ctx, const struct params *p,
                                 const struct attndyn_tree *tree, struct survey *s,
                                 struct training *training) {
    const struct training common = *training; /* what is no single training's */
    while (training->number <= training->last) {
        struct attndyn_tree_sequences source;
        struct attndyn_batch evaluation;
        const size_t i = (size_t)training->number / TREE_ARMS;
        uint64_t seed = (uint64_t)param_int(p, "seed") + i, mark = attndyn_memory_mark(ctx);
        /* Counted once a seed: what is taken up has it. */
        ATTNDYN_TRY(evaluation_of(ctx, p, tree, seed, &source, s, &evaluation));
        do {
            size_t arm = (size_t)training->number % TREE_ARMS;
            training->arrays = common.arrays, training->n_arrays = common.n_arrays;
            training->step = NULL;
            ATTNDYN_TRY(tree_train(ctx, p, tree, arm, seed, &evaluation,
                                   &s->course[training->number], training));
            training->number++;
        } while (training->number % TREE_ARMS != 0);
        training->step = NULL;
        attndyn_memory_release(ctx, mark);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct survey s = {.seeds = (size_t)param_int(p, "seeds"),
                       .levels = (size_t)param_int(p, "levels")};
    struct attndyn_tree tree;
    struct training training = {.results = results,
                                .last = s.seeds * TREE_ARMS - 1,
                                .steps = (uint64_t)param_int(p, "steps"),
                                .what = "steps",
                                .each = 1};
    double *values;
    ATTNDYN_TRY(
        attndyn_tree_init(ctx, &tree, s.levels, 2, param_real(p, "rho"), param_real(p, "rho0")));
    ATTNDYN_ALLOC(ctx, s.course, s.seeds * TREE_ARMS);
    ATTNDYN_ALLOC(ctx, s.frequency, s.levels);
    ATTNDYN_ALLOC(ctx, values, s.seeds);
    for (size_t i = 0; i < s.seeds * TREE_ARMS; i++)
        ATTNDYN_TRY(tree_course_create(ctx, p, &s.course[i]));
    ATTNDYN_TRY(name_arrays(ctx, &s, &training));
    ATTNDYN_TRY(training_open(ctx, &training));
    ATTNDYN_TRY(training_end(ctx, &training, train(ctx, p, &tree, &s, &training)));
    for (size_t arm = 0; arm < TREE_ARMS; arm++) {
        ATTNDYN_TRY(emit_course(ctx, &s, arm, results));
        ATTNDYN_TRY(emit_half(ctx, &s, arm, values, results));
    }
    ATTNDYN_TRY(emit_slow_down(ctx, p, &s, TREE_EXP, values, results));
    ATTNDYN_TRY(emit_slow_down(ctx, p, &s, TREE_SOFTMAX, values, results));
    return emit_cooccurrence(ctx, p, &s, results);
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
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = hierarchical_tree_checks,
    .run = run,
};
