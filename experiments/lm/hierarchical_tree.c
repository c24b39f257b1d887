/* Which associations a network learns first on a latent tree, with attention and without: JoMA's
 * Theorem 5 as data. */
#include "experiments/lm/hierarchical_tree.h"

#include "experiments/frame/check.h"
#include "experiments/frame/results.h"
#include "sim/base/random.h"
#include "sim/num/stats.h"
#include "theory/joma/erf.h"
#include "theory/joma/hierarchy.h"

#include <math.h>
#include <string.h>

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
    {"hierarchical_tree", "lm/hierarchical_tree.gp",
     "Above: association ||V_l|| of context leaves by the height H of their common ancestor with "
     "the "
     "query, over training (dashed: attention frozen). Below: how much of the attention they get "
     "(1: their even share). Near leaves are learnt first; with exp attention they are attended "
     "first, too, and lose it to farther ones later; with softmax the nearest is treated as a "
     "common token from the start."},
    {"hierarchical_tree_slow", "lm/hierarchical_tree_slow.gp",
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
    struct training training = {.results = results, .last = s.seeds * TREE_ARMS - 1};
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

#define CHECK_FUNCTION(name)                                                                       \
    static enum attndyn_status name(struct attndyn_context *ctx, const struct params *p,           \
                                    const struct results *results, struct verdict *v)

static bool is_text(const struct results *results, const char *table, size_t row,
                    const char *column, const char *value) {
    return strcmp(results_text(results, table, row, column), value) == 0;
}

CHECK_FUNCTION(check_theorem5) {
    (void)ctx, (void)p;
    double largest = 0;
    for (size_t i = 0; i < results_rows(results, "cooccurrence"); i++)
        largest = fmax(largest, fabs(results_real(results, "cooccurrence", i, "drawn") -
                                     results_real(results, "cooccurrence", i, "theorem")) /
                                    results_real(results, "cooccurrence", i, "error"));
    return verdict_at_most(v, largest, 4, "largest difference in standard errors, H = 1 ... %ld",
                           param_int(p, "levels") - 1);
}

/* Smallest ratio of the half-times of successive heights. */
static double order_of(const struct results *results, const char *attention, const char *keys) {
    double least = INFINITY, before = NAN;
    for (size_t i = 0; i < results_rows(results, "half"); i++) {
        if (!is_text(results, "half", i, "attention", attention) ||
            !is_text(results, "half", i, "keys", keys))
            continue;
        double now = results_real(results, "half", i, "t_half");
        if (results_real(results, "half", i, "H") > 1) least = fmin(least, now / before);
        before = now;
    }
    return least;
}

CHECK_FUNCTION(check_order) {
    (void)ctx, (void)p;
    double exp_least = order_of(results, "exp", "trained");
    double softmax_least = order_of(results, "softmax", "trained");
    return verdict_at_least(v, fmin(exp_least, softmax_least), 1.05,
                            "least t_half(H+1)/t_half(H): exp %.2f, softmax %.2f; attention "
                            "frozen: %.2f and %.2f, so the order is the data's",
                            exp_least, softmax_least, order_of(results, "exp", "frozen"),
                            order_of(results, "softmax", "frozen"));
}

/* Row of course: trained arm, height, first step at or after t. */
static size_t course_row(const struct results *results, const char *attention, long h, double t) {
    size_t rows = results_rows(results, "course"), last = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!is_text(results, "course", i, "attention", attention) ||
            !is_text(results, "course", i, "keys", "trained") ||
            (long)results_real(results, "course", i, "H") != h)
            continue;
        last = i;
        if (results_real(results, "course", i, "step") >= t) break;
    }
    return last;
}

static double course_at(const struct results *results, const char *attention, long h, double t,
                        const char *column) {
    return results_real(results, "course", course_row(results, attention, h, t), column);
}

CHECK_FUNCTION(check_near_first) {
    (void)ctx;
    double t = results_real(results, "half", 0, "t_half"), least = INFINITY;
    for (long h = 1; h + 1 < param_int(p, "levels"); h++)
        least = fmin(least, course_at(results, "exp", h, t, "z") -
                                course_at(results, "exp", h + 1, t, "z"));
    return verdict_at_least(v, least / course_at(results, "exp", 1, t, "z"), 0.01,
                            "least z_H - z_(H+1) over z_1 when v_1 is half learnt (t = %.0f); "
                            "weight of H = 1: %.3f, of H = %ld: %.3f",
                            t, course_at(results, "exp", 1, t, "weight"),
                            param_int(p, "levels") - 1,
                            course_at(results, "exp", param_int(p, "levels") - 1, t, "weight"));
}

CHECK_FUNCTION(check_moves_on) {
    (void)ctx;
    const long far = param_int(p, "levels") - 1;
    double peak = 0, at = 0, end = course_at(results, "exp", 1, INFINITY, "weight");
    for (long t = 0; t < param_int(p, "steps"); t++) {
        double w = course_at(results, "exp", 1, (double)t, "weight");
        if (w > peak) peak = w, at = (double)t;
    }
    return verdict_at_least(v, course_at(results, "exp", far, INFINITY, "weight") / end, 1,
                            "weight of the farthest over that of the nearest leaf at the end; the "
                            "nearest had %.2f of an even share at t = %.0f, %.2f at the end",
                            peak, at, end);
}

CHECK_FUNCTION(check_softmax) {
    (void)ctx;
    const long far = param_int(p, "levels") - 1;
    double t = results_real(results, "half", 0, "t_half");
    return verdict_at_most(v, course_at(results, "softmax", 1, INFINITY, "weight"), 1,
                           "weight of the nearest leaf at the end (1: an even share); of the "
                           "farthest: %.2f; of the nearest at t = %.0f: %.3f",
                           course_at(results, "softmax", far, INFINITY, "weight"), t,
                           course_at(results, "softmax", 1, t, "weight"));
}

/* Mean of a column of slow_down over shares in [from, to], attention exp, height h. */
static double slow_mean(const struct results *results, const char *column, long h, double from,
                        double to) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < results_rows(results, "slow_down"); i++) {
        double share = results_real(results, "slow_down", i, "share");
        if (!is_text(results, "slow_down", i, "attention", "exp") || share < from - 1e-9 ||
            share > to + 1e-9 || (long)results_real(results, "slow_down", i, "H") != h)
            continue;
        sum += results_real(results, "slow_down", i, column);
        count++;
    }
    return sum / count;
}

CHECK_FUNCTION(check_slow_down) {
    (void)ctx;
    const long far = param_int(p, "levels") - 1;
    double most_of = -INFINITY;
    for (long h = 2; h <= far; h++)
        most_of = fmax(most_of, slow_mean(results, "relative", h, 0.3, 0.6));
    return verdict_at_least(
        v, -most_of, 0,
        "least slow-down over H, v_1 at 0.3 to 0.6 of its most; farthest leaves: %+.2f %%, erf "
        "law with a stationary gradient %+.2f %%",
        100 * slow_mean(results, "relative", far, 0.3, 0.6),
        100 * slow_mean(results, "predicted", far, 0.3, 0.6));
}

CHECK_FUNCTION(check_catch_up) {
    (void)ctx;
    const long far = param_int(p, "levels") - 1;
    return verdict_at_least(
        v, slow_mean(results, "relative", far, 0.95, 0.95), 0,
        "v_H/v_1 of the farthest leaves, trained over frozen, minus 1, when v_1 is at 0.95 of its "
        "most; the erf law has %+.3f",
        slow_mean(results, "predicted", far, 0.95, 0.95));
}

static const struct check checks[] = {
    {"L2.tree-theorem5", CHECK_CLAIM,
     "leaves of height H stand with the query as often as Theorem 5 says",
     "JoMA, Theorem 5 (exact form)", "a frequency is more than 4 standard errors off",
     check_theorem5},
    {"L2.tree-order", CHECK_CLAIM,
     "associations are learnt from near to far: their half-times rise with the height H",
     "JoMA, section 5", "a farther leaf's association is half learnt before a nearer one's",
     check_order},
    {"L2.tree-attention-near-first", CHECK_CLAIM,
     "exp attention: while the nearest association is being learnt, attention falls with H",
     "JoMA, section 5 and Theorem 1", "a farther leaf has the larger logit", check_near_first},
    {"L2.tree-attention-moves-on", CHECK_CLAIM,
     "exp attention: once the near associations are learnt, the farthest leaves get more attention "
     "than the nearest",
     "derived here", "the nearest leaf keeps the most attention", check_moves_on},
    {"L2.tree-slow-down", CHECK_CLAIM,
     "exp attention slows the association of leaves that are not directly correlated down: at "
     "equal "
     "v_1, v_H/v_1 is smaller than with attention frozen, for every H > 1",
     "JoMA, section 5 (made precise here)", "v_H/v_1 is larger with trained attention",
     check_slow_down},
    {"L2.tree-slow-down-ends", CHECK_CLAIM,
     "the slow-down is transient: when the nearest association saturates, the farthest have caught "
     "up with those of frozen attention",
     "derived here (the erf law, with its stationary gradient, slows down more and more)",
     "the farthest associations stay behind", check_catch_up},
    {"L2.tree-softmax", CHECK_CLAIM,
     "softmax attention turns away from the nearest leaf, which is nearly always there: a common "
     "token",
     "derived here, after Scan&Snap's common tokens", "the nearest leaf keeps its even share",
     check_softmax},
    {0}};

const struct experiment experiment_lm_hierarchical_tree = {
    .id = "lm/hierarchical-tree",
    .title =
        "Which co-occurrences of a latent tree are learnt first, and what attention does to it",
    .source = "JoMA (arXiv 2310.00535), section 5, Theorem 5",
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
    .checks = checks,
    .run = run,
};
